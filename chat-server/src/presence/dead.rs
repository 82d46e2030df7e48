//! What a process that died, or stopped, has left in Redis: who was with it. One of those who live takes each name out, once,
//! and notes that they were last seen when the dead one was, unless they have come back to another.
//!
//! Best effort, as presence is: where Redis forgets, or the one who has taken a name out dies at once, it is not noted.

use super::elsewhere::people_of;
use crate::{
    App, Error,
    bus::{Away, Dead, Redis},
    store,
};
use chat_core::{PresenceState, UserId};
use redis::{FromRedisValue, from_redis_value};
use std::{sync::Weak, time::Duration};
use tokio::time::sleep;

/// Those who died are looked after this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// People who are looked after together.
const AT_ONCE: usize = 500;
const DEADLINE: Duration = Duration::from_secs(1);

/// Looks after what the dead have left, until the process is gone.
pub(crate) async fn keep_burying(app: Weak<App>) {
    loop {
        sleep(LOOK_EVERY).await;
        let Some(app) = app.upgrade() else { return };
        let Some(redis) = &app.redis else { return };
        for dead in redis.dead().iter() {
            if let Err(error) = bury(&app, redis, dead).await {
                tracing::warn!(%error, "when the people of a dead process were last seen could not be kept; tried again soon");
            }
        }
    }
}

async fn bury(app: &App, redis: &Redis, dead: &Dead) -> Result<(), Error> {
    let Ok(left) = redis.left_at(dead).await else {
        return Ok(());
    };
    // The clock of Redis may be ahead.
    let seen = left.unwrap_or(dead.seen_at).min(app.now());
    let left_people = people_of(redis, &dead.name);
    loop {
        let mut taken = redis::cmd("SPOP");
        taken.arg(&left_people).arg(AT_ONCE);
        // Where it is away, they are looked after when it is there again.
        let Ok(names) = ask::<Vec<String>>(redis, taken).await else {
            return Ok(());
        };
        if names.is_empty() {
            redis.forget(dead).await;
            return Ok(());
        }
        let mut people: Vec<UserId> = names.iter().filter_map(|name| name.parse().ok()).collect();
        people.sort_unstable();
        let gone = who_is_gone(app, &people).await;
        let kept = app.writer.run(move |tx| {
            Box::pin(async move { Ok(store::presence::raise_last_seen(tx, &gone, seen).await?) })
        });
        if let Err(error) = kept.await {
            let mut back = redis::cmd("SADD");
            back.arg(&left_people).arg(names);
            let _ = ask::<u64>(redis, back).await;
            return Err(error);
        }
        if let Some(elsewhere) = &app.elsewhere {
            elsewhere.unsay(&dead.name, &people).await;
            people.into_iter().for_each(|user| elsewhere.changed(user));
        }
    }
}

/// Those who have not come back elsewhere; where nobody can say, all of them.
async fn who_is_gone(app: &App, people: &[UserId]) -> Vec<UserId> {
    let (states, _) = super::states(app, people.iter().copied()).await;
    let is_gone = |user: &UserId| {
        !matches!(
            states.get(user),
            Some(PresenceState::Online | PresenceState::Away)
        )
    };
    people.iter().copied().filter(is_gone).collect()
}

async fn ask<T: FromRedisValue>(redis: &Redis, command: redis::Cmd) -> Result<T, Away> {
    let answers = redis.ask(vec![command], DEADLINE).await?;
    let answer = answers.into_iter().next().ok_or(Away)?;
    from_redis_value(answer.map_err(|_| Away)?).map_err(|_| Away)
}
