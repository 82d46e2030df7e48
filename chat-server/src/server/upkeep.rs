//! The tasks that a server runs beside its calls, telling aside: above all, forgetting what has had its time.
//!
//! Each holds the server only while it works, so that a server that nobody uses any more goes away.

use crate::{
    App, Error, attachment, message, presence, search,
    store::{self, Duty},
    user,
};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// Answers to calls under an idempotency key are kept this long.
const ANSWERS_KEPT_MS: i64 = 86_400_000;
/// When marks moved, for receipts, is kept this long.
const RECEIPTS_KEPT_MS: i64 = 30 * 86_400_000;
/// Sessions are kept this long after their end.
const SESSIONS_KEPT_MS: i64 = 90 * 86_400_000;
/// What was forgotten by time is swept out this often.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What is deleted in this time is taken out of the database's log together.
const GATHER: Duration = Duration::from_secs(1);
/// The log is emptied this often at most.
const ERASE_EVERY: Duration = Duration::from_secs(5);

/// Starts them all.
pub(super) fn start(app: &Arc<App>, erased: Arc<Notify>, with_files: bool) {
    let app = || Arc::downgrade(app);
    // What an earlier run has left.
    erased.notify_one();
    tokio::spawn(keep_erasing(app(), erased));
    tokio::spawn(message::keep_expiring(app()));
    tokio::spawn(search::keep_indexing(app()));
    tokio::spawn(user::keep_clearing(app()));
    if with_files {
        tokio::spawn(attachment::keep_collecting(app()));
    }
    tokio::spawn(presence::keep_burying(app()));
    tokio::spawn(tidy(app()));
}

/// Takes out of the database's log what was deleted, a little later, until the server is gone.
async fn keep_erasing(app: Weak<App>, erased: Arc<Notify>) {
    loop {
        if timeout(TIDY_EVERY, erased.notified()).await.is_err() {
            match app.strong_count() {
                0 => return,
                _ => continue,
            }
        }
        sleep(GATHER).await;
        let Some(app) = app.upgrade() else { return };
        match app.db.cut_log().await {
            Ok(true) => {}
            // Somebody still reads what was before.
            Ok(false) => erased.notify_one(),
            Err(error) => {
                tracing::warn!(%error, "the database's log could not be emptied; tried again soon");
                erased.notify_one();
            }
        }
        drop(app);
        sleep(ERASE_EVERY).await;
    }
}

/// Sweeps until the server is gone.
async fn tidy(app: Weak<App>) {
    loop {
        {
            let Some(app) = app.upgrade() else { return };
            app.limiter.tidy();
            app.tokens.tidy(app.now());
            if let Err(error) = app.keys.look(&app).await {
                tracing::warn!(%error, cause = error.cause(), "the keys could not be looked at");
            }
            if let Err(error) = sweep(&app).await {
                tracing::warn!(%error, "what has had its time could not be swept out");
            }
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

/// Forgets what is only kept for a time.
async fn sweep(app: &App) -> Result<(), Error> {
    let Some(_on_duty) = app.db.on_duty(Duty::Sweep).await? else {
        return Ok(());
    };
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                store::once::delete_before(tx, now.plus_ms(-ANSWERS_KEPT_MS)).await?;
                store::mail_token::delete_before(tx, now).await?;
                store::member::delete_moves_before(tx, now.plus_ms(-RECEIPTS_KEPT_MS)).await?;
                store::session::delete_ended_before(tx, now.plus_ms(-SESSIONS_KEPT_MS)).await?;
                Ok(())
            })
        })
        .await
}
