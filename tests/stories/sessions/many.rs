//! Sessions that pile up: those that ran out are forgotten, and one finds one's own among any number.

use chat_tests::{HeldClock, Person, Server, until};

/// How many rows the sessions of somebody have.
async fn rows(server: &Server, of: &Person) -> u64 {
    let touched = "update sessions set user_id = user_id where user_id = $1";
    let mut database = server.database().await;
    database.run(touched, &[of.id.uuid()]).await.unwrap()
}

#[tokio::test]
async fn a_session_that_just_ran_out_is_not_counted_and_is_forgotten() {
    const DAY_MS: i64 = 86_400_000;
    let clock = HeldClock::default();
    let server = Server::held(&clock, |_| {}).await;
    let bob = server.person("bob").await;
    clock.move_by_ms(61 * DAY_MS);
    let root = server.admin("ada").await;
    let path = format!("/admin/users/{}", bob.id);
    assert_eq!(root.get(&path).await.ok()["session_count"], 0);
    let server = server.stop().await.start().await;
    assert_eq!(rows(&server, &bob).await, 1, "kept for a while");

    clock.move_by_ms(90 * DAY_MS);
    let server = server.stop().await.start().await;

    until("it is forgotten", async || {
        match rows(&server, &bob).await {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        }
    })
    .await;
}

#[tokio::test]
async fn behind_any_number_of_newer_sessions_one_finds_ones_own() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let newer = "insert into sessions (id, user_id, device_name, created_at, last_used_at, expires_at, rotated_at)
         select randomblob(16), $1, 'other', 9007199254740991, 0, 9007199254740991, 0
         from (with recursive n (i) as (select 1 union all select i + 1 from n where i < 201) select i from n) x";
    let mut database = server.database().await;
    assert_eq!(database.run(newer, &[ann.id.uuid()]).await, Ok(201));

    let own = ann.get("/auth/session").await.ok();

    assert_eq!(own["session"]["current"], true, "{own}");
}
