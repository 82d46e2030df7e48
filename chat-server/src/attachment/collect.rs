//! Files and avatars that nobody has any more: their rows go first, in a transaction that looks again, and their bytes after it. What
//! a crash leaves between the two has no row, and is found by looking through the store once a day.

use super::upload::{LIVES_MS, begun_after};
use crate::{
    App, Error,
    store::{self, Duty},
};
use chat_core::Timestamp;
use std::{sync::Weak, time::Duration};

/// Between looks.
const PAUSE: Duration = Duration::from_secs(60);
/// Looks from one sweep through the store to the next: a day of them.
const SWEEP_EVERY: u32 = 1_440;
/// A file that no message refers to has as long as an upload; so has a file without a row.
const UNUSED_MS: i64 = LIVES_MS;
/// An avatar that nobody has is not shown any more; one that is being made needs a while.
const AVATAR_MS: i64 = 3_600_000;
/// Files of reported messages stay so long after the decision.
const REPORTED_MS: i64 = 30 * 86_400_000;
/// Files in one transaction.
const AT_ONCE: u32 = 200;

/// Goes on until the server is gone.
pub(crate) async fn keep_collecting(app: Weak<App>) {
    let mut look = 0_u32;
    loop {
        let Some(app) = app.upgrade() else { return };
        match is_settled(&app).await {
            Ok(true) => {
                let done = take_away(&app, look.is_multiple_of(SWEEP_EVERY)).await;
                look = look.wrapping_add(1);
                if let Err(error) = done {
                    tracing::warn!(%error, "files that nobody has could not be collected");
                }
            }
            Ok(false) => tracing::warn!("the file storage does not answer; no file is taken"),
            Err(error) => tracing::error!(%error, "no file is taken"),
        }
        drop(app);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Deletes what nobody has any more, unless another process is at it.
async fn take_away(app: &App, is_thorough: bool) -> Result<(), Error> {
    let Some(_on_duty) = app.db.on_duty(Duty::Collect).await? else {
        return Ok(());
    };
    let done = match is_thorough {
        true => sweep(app).await,
        false => Ok(()),
    };
    done.and(collect(app).await)
}

/// Whether the place for files is known to be that of the database. Nothing may be collected from another's.
async fn is_settled(app: &App) -> Result<bool, Error> {
    match app.media.is_settled() {
        true => Ok(true),
        false => app.media.settle(&app.db, &app.config, &app.random).await,
    }
}

/// Deletes what has a row and nobody any more.
async fn collect(app: &App) -> Result<(), Error> {
    let before = app.now().plus_ms(-UNUSED_MS);
    // Looked at with a connection that only reads: mostly there is nothing to do.
    while store::attachment::is_any_unused(&mut app.db.read().await?, before).await? {
        let forgotten = app.writer.run(move |tx| {
            Box::pin(
                async move { Ok(store::attachment::delete_unused(tx, before, AT_ONCE).await?) },
            )
        });
        let forgotten = forgotten.await?;
        if forgotten.is_empty() {
            break;
        }
        for id in forgotten {
            app.media.delete_attachment(id).await?;
        }
    }
    collect_uploads(app).await?;
    collect_avatars(app, app.now().plus_ms(-AVATAR_MS)).await
}

/// Deletes what came of files whose time is up.
async fn collect_uploads(app: &App) -> Result<(), Error> {
    let before = begun_after(app.now());
    while store::upload::is_any_over(&mut app.db.read().await?, before).await? {
        let forgotten = app.writer.run(move |tx| {
            Box::pin(async move { Ok(store::upload::delete_over(tx, before, AT_ONCE).await?) })
        });
        for object in forgotten.await? {
            app.media.delete_piece(object).await?;
        }
    }
    Ok(())
}

async fn collect_avatars(app: &App, before: Timestamp) -> Result<(), Error> {
    while store::avatar::is_any_unused(&mut app.db.read().await?, before).await? {
        let forgotten = app.writer.run(move |tx| {
            Box::pin(async move { Ok(store::avatar::delete_unused(tx, before, AT_ONCE).await?) })
        });
        for id in forgotten.await? {
            app.media.delete_avatar(id).await?;
        }
    }
    Ok(())
}

/// Deletes what came to nothing, and bytes that no row knows.
async fn sweep(app: &App) -> Result<(), Error> {
    let before = app.now().plus_ms(-UNUSED_MS);
    app.media.sweep(before).await?;
    // Every row that could name one of these is gone by then.
    let forgotten = app.now().plus_ms(-2 * LIVES_MS);
    app.media.sweep_pieces(forgotten).await?;
    let decided = app.now().plus_ms(-REPORTED_MS);
    // Looked at with a connection that only reads: mostly there is nothing to let go.
    if store::attachment::is_any_reported(&mut app.db.read().await?, decided).await? {
        app.writer
            .run(move |tx| {
                Box::pin(async move { Ok(store::attachment::let_reported_go(tx, decided).await?) })
            })
            .await?;
    }
    let kept = app.media.kept_before(before, usize::MAX).await?;
    for ids in kept.chunks(AT_ONCE as usize) {
        let ids = ids.iter().copied().collect();
        let known = store::attachment::existing(&mut app.db.read().await?, &ids).await?;
        for id in ids.difference(&known) {
            app.media.delete_attachment(*id).await?;
        }
    }
    sweep_avatars(app, before).await
}

/// Deletes pictures that no row knows: their rows went first, and then something was in the way.
async fn sweep_avatars(app: &App, before: Timestamp) -> Result<(), Error> {
    let kept: Vec<_> = app
        .media
        .avatars_before(before)
        .await?
        .into_iter()
        .collect();
    for ids in kept.chunks(AT_ONCE as usize) {
        let ids = ids.iter().copied().collect();
        let known = store::avatar::existing(&mut app.db.read().await?, &ids).await?;
        for id in ids.difference(&known) {
            app.media.delete_avatar(*id).await?;
        }
    }
    Ok(())
}
