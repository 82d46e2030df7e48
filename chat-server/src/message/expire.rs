//! Messages whose time has run out become tombstones for everyone, a second late at most. What ran out while the server was
//! down goes before anybody is let in.

use super::bury;
use crate::{App, Error, conversation::log, store, writer::Tx};
use chat_core::{Event, MessageDeleted, MessageId, Timestamp};
use std::{sync::Weak, time::Duration};

/// Between looks at the clock.
const PAUSE: Duration = Duration::from_millis(500);
/// Messages in one transaction: what others send waits behind them.
const AT_ONCE: u32 = 200;

/// Deletes what has run out by now. Returns how many that were.
pub(crate) async fn expire(app: &App) -> Result<u64, Error> {
    let mut gone = 0;
    loop {
        let now = app.now();
        let buried = app
            .writer
            .run(move |tx| {
                Box::pin(async move {
                    let due = store::message::expired(tx, now, AT_ONCE).await?;
                    for id in &due {
                        bury_expired(tx, *id, now).await?;
                    }
                    Ok(due.len() as u64)
                })
            })
            .await?;
        gone += buried;
        if buried < u64::from(AT_ONCE) {
            return Ok(gone);
        }
    }
}

async fn bury_expired(tx: &mut Tx, id: MessageId, now: Timestamp) -> Result<(), Error> {
    match store::message::find(tx, id).await {
        Ok(Some(message)) => bury(tx, message, None, now).await.map(drop),
        Ok(None) => Ok(()),
        // What cannot be read goes all the same, and holds nothing up.
        Err(error) if store::message::is_damage(&error) => {
            let Some((place, sender)) = store::message::wipe(tx, id, now).await? else {
                return Ok(());
            };
            let deleted = MessageDeleted {
                id,
                deleted_at: now,
                deleted_by: None,
            };
            log(tx, place, sender, now, Event::MessageDeleted(deleted))
                .await
                .map(drop)
        }
        Err(error) => Err(error.into()),
    }
}

/// Goes on until the server is gone.
pub(crate) async fn keep_expiring(app: Weak<App>) {
    let mut pause = tokio::time::interval(PAUSE);
    pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        pause.tick().await;
        let Some(app) = app.upgrade() else { return };
        // Looked at with a connection that only reads: mostly there is nothing to do, and then nobody waits for it.
        let due = async {
            let mut conn = app.db.read().await?;
            Ok::<_, Error>(
                !store::message::expired(&mut conn, app.now(), 1)
                    .await?
                    .is_empty(),
            )
        };
        let done = match due.await {
            Ok(true) => expire(&app).await.map(drop),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "messages whose time has run out could not be deleted; tried again soon");
        }
    }
}
