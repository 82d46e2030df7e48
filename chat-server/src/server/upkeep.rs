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
/// That a conversation is gone is told for so long.
const GONE_KEPT_MS: i64 = 365 * 86_400_000;
/// What is forgotten in one transaction of a thorough sweep.
const SWEPT_AT_ONCE: u32 = 500;
/// Sweeps from one thorough one to the next: a day of them.
const THOROUGH_EVERY: u32 = 1_440;
/// What was forgotten by time is swept out this often.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What is deleted in this time is taken out of the database's log together.
const GATHER: Duration = Duration::from_secs(1);
/// The log is emptied this often at most.
const ERASE_EVERY: Duration = Duration::from_secs(5);

/// Starts them all. They end where the server begins to: what one of them was at, the next start goes on with, as after a
/// crash.
pub(super) fn start(app: &Arc<App>, erased: Arc<Notify>, with_files: bool) {
    // What an earlier run has left.
    erased.notify_one();
    keep(app, |app| keep_erasing(app, erased));
    keep(app, message::keep_expiring);
    keep(app, search::keep_indexing);
    keep(app, user::keep_clearing);
    if with_files {
        keep(app, attachment::keep_collecting);
    }
    keep(app, presence::keep_burying);
    keep(app, tidy);
}

fn keep<T: Future<Output = ()> + Send + 'static>(
    app: &Arc<App>,
    task: impl FnOnce(Weak<App>) -> T,
) {
    let draining = app.draining.clone();
    tokio::spawn(draining.run_until_cancelled_owned(task(Arc::downgrade(app))));
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
    let mut look = 0_u32;
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
            if look.is_multiple_of(THOROUGH_EVERY)
                && let Err(error) = sweep_thoroughly(&app).await
            {
                tracing::warn!(%error, "what ran out long ago could not be swept out");
            }
            look = look.wrapping_add(1);
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

/// Forgets what no index leads to by its age: sessions that nobody ended and that ran out, and that conversations are gone.
/// All of them are looked through for that, so it is done seldom, and with a connection that only reads as long as there is
/// nothing to do.
async fn sweep_thoroughly(app: &App) -> Result<(), Error> {
    let Some(_on_duty) = app.db.on_duty(Duty::Sweep).await? else {
        return Ok(());
    };
    let before = app.now().plus_ms(-SESSIONS_KEPT_MS);
    while store::session::is_any_run_out(&mut app.db.read().await?, before).await? {
        app.writer
            .run(move |tx| {
                Box::pin(async move {
                    Ok(store::session::delete_run_out(tx, before, SWEPT_AT_ONCE).await?)
                })
            })
            .await?;
    }
    let before = app.now().plus_ms(-GONE_KEPT_MS);
    while store::inbox::is_any_gone(&mut app.db.read().await?, before).await? {
        app.writer
            .run(move |tx| {
                Box::pin(
                    async move { Ok(store::inbox::delete_gone(tx, before, SWEPT_AT_ONCE).await?) },
                )
            })
            .await?;
    }
    Ok(())
}
