//! Tokens for scripts and bots: made once, for less than their owner may, shut out at once when they are ended.

use super::house::{House, text_of};
use chat_tests::{Ended, Process, until};

/// Runs a command with nothing but a token.
async fn with(house: &House, token: &str, words: &[&str]) -> Ended {
    let url = house.server.url();
    let mut command = house.home.chat(&[words, &["--server", &url]].concat());
    Process::start(command.env("CHAT_TOKEN", token))
        .ended()
        .await
}

async fn made(house: &House, scope: &str) -> (String, String) {
    let words = ["token", "create", "ci", "--scope", scope];
    let made = house.ann(&words).await;
    (text_of(&made[0], "id"), text_of(&made[0], "token"))
}

#[tokio::test]
async fn a_token_may_what_its_scope_says() {
    let house = House::open().await;
    house.group("Climbing").await;
    let list = ["message", "list", "Climbing"];
    let send = ["message", "send", "Climbing", "hi"];
    let admin = ["audit", "list"];

    for (scope, codes) in [
        ("read", [0, 4, 4]),
        ("write", [0, 0, 4]),
        ("admin", [0, 0, 0]),
    ] {
        let (_, token) = made(&house, scope).await;
        for (words, code) in [&list[..], &send, &admin].iter().zip(codes) {
            let ended = with(&house, &token, words).await;
            assert_eq!(ended.code, Some(code), "{scope} {words:?}: {ended:?}");
        }
        let another = with(
            &house,
            &token,
            &["token", "create", "another", "--scope", "read"],
        )
        .await;
        assert_eq!(another.code, Some(4), "{another:?}");
    }
    let bens = ["token", "create", "ci", "--scope", "admin"];
    assert_eq!(house.run("ben", &bens).await.code, Some(4));
}

#[tokio::test]
async fn a_revoked_token_is_shut_out_at_once_with_its_socket() {
    let house = House::open().await;
    let (id, token) = made(&house, "read").await;
    let url = house.server.url();
    let mut command = house.home.chat(&["tail", "--server", &url]);
    let tail = Process::start(command.env("CHAT_TOKEN", &token));
    until("it follows", async || match tail.stderr() {
        said if said.contains("following ") => Ok(()),
        said => Err(said),
    })
    .await;

    house.run("ann", &["token", "revoke", &id]).await.ok();

    assert_eq!(tail.ended().await.code, Some(4));
    assert_eq!(
        with(&house, &token, &["profile", "show"]).await.code,
        Some(4)
    );
    assert!(house.ann(&["token", "list"]).await.is_empty());
}

#[tokio::test]
async fn tokens_are_listed_and_written_down_and_never_told_again() {
    let house = House::open().await;
    let (id, token) = made(&house, "write").await;

    let listed = house.ann(&["token", "list"]).await;
    let noted = house.ann(&["audit", "list", "--action", "token"]).await;
    let gone = house.run("ann", &["token", "revoke", &id, &id]).await;

    assert_eq!(
        (&listed[0]["id"], &listed[0]["scope"]),
        (&id.clone().into(), &"write".into())
    );
    assert_eq!(
        (&noted[0]["target_id"], &noted[0]["detail"]),
        (&id.into(), &"\"ci\", write".into())
    );
    assert!(!format!("{listed:?}{noted:?}").contains(&token));
    assert_eq!(gone.code, Some(5), "{gone:?}");
    assert!(
        !house.server.process.stderr().contains(&token),
        "the log has the token"
    );
}

#[tokio::test]
async fn one_stays_signed_in_with_a_token_from_standard_input() {
    let house = House::open().await;
    let (_, token) = made(&house, "write").await;
    let login = ["auth", "login", "--token-file", "-", "--profile", "ci"];
    let url = house.server.url();
    let words = [&login[..], &["--server", &url]].concat();
    let show = ["profile", "show", "--profile", "ci"];

    let line = format!("{token}\n");
    house.home.run_with(&words, &line).await.ok();
    let shown = house.home.run(&show).await.json();
    let logout = ["auth", "logout", "--profile", "ci"];
    house.home.run(&logout).await.ok();

    assert_eq!(shown[0]["username"], "ann");
    assert_eq!(house.home.run(&show).await.code, Some(3));
    let still = with(&house, &token, &["profile", "show"]).await;
    assert_eq!(still.code, Some(0), "it is forgotten here, not ended");
}

#[tokio::test]
async fn a_token_ends_with_everything_else_of_its_owner() {
    let house = House::open().await;
    let made = house
        .ben(&["token", "create", "ci", "--scope", "write"])
        .await;
    let token = text_of(&made[0], "token");

    house
        .run("ann", &["user", "sessions", "ben", "--end"])
        .await
        .ok();

    assert_eq!(
        with(&house, &token, &["profile", "show"]).await.code,
        Some(4)
    );
}

#[tokio::test]
async fn a_token_of_an_admin_is_not_for_the_accounts_of_admins() {
    let house = House::open().await;
    let (_, token) = made(&house, "admin").await;

    for (words, code) in [
        (&["user", "reset-password", "ann"][..], 4),
        (&["user", "update", "ann", "--email", "eve@example.org"], 4),
        (&["user", "delete", "ann", "--confirm", "ann"], 4),
        (&["user", "role", "ben", "admin"], 4),
        (&["user", "sessions", "ann", "--end"], 4),
        (&["user", "create", "eve", "--no-password", "--admin"], 4),
        (&["user", "create", "eve", "--no-password"], 0),
        (&["user", "reset-password", "ben"], 0),
        (&["user", "disable", "ben"], 0),
    ] {
        let ended = with(&house, &token, words).await;
        assert_eq!(ended.code, Some(code), "{words:?}: {ended:?}");
    }
}

#[tokio::test]
async fn that_a_token_was_revoked_is_written_down() {
    let house = House::open().await;
    let (id, _) = made(&house, "read").await;

    house.run("ann", &["token", "revoke", &id]).await.ok();

    let noted = house.ann(&["audit", "list", "--action", "token.end"]).await;
    assert_eq!(
        (&noted[0]["target_id"], &noted[0]["detail"]),
        (&id.into(), &"\"ci\", read".into())
    );
}

#[tokio::test]
async fn there_are_never_more_tokens_than_are_listed() {
    let house = House::open().await;
    for nth in 0..100 {
        let name = format!("token {nth}");
        let words = ["token", "create", &name, "--scope", "read"];
        house.run("ann", &words).await.ok();
    }

    let more = house
        .run("ann", &["token", "create", "more", "--scope", "read"])
        .await;

    assert!(more.failed(6).contains("end one"), "{more:?}");
    assert_eq!(house.ann(&["token", "list"]).await.len(), 100);
}

#[tokio::test]
async fn what_a_token_did_names_it() {
    let house = House::open().await;
    let (id, token) = made(&house, "admin").await;

    with(&house, &token, &["user", "disable", "ben"]).await.ok();

    let list = ["audit", "list", "-n", "1", "--action", "admin.user"];
    let noted = house.ann(&list).await;
    let detail = text_of(&noted[0], "detail");
    let by = format!("by the token {id} \"ci\"");
    assert!(detail.contains(&by), "{detail}");
}

#[tokio::test]
async fn a_token_ends_when_its_time_is_up_and_with_the_password() {
    let house = House::open().await;
    let short = [
        "token",
        "create",
        "ci",
        "--scope",
        "read",
        "--expires",
        "1s",
    ];
    let short = text_of(&house.ben(&short).await[0], "token");
    let long = ["token", "create", "ci", "--scope", "read"];
    let long = text_of(&house.ben(&long).await[0], "token");
    let show = ["profile", "show"];

    let ended = async || match with(&house, &short, &show).await {
        ended if ended.code == Some(4) => Ok(()),
        ended => Err(format!("{ended:?}")),
    };
    until("its time is up", ended).await;

    with(&house, &long, &show).await.ok();
    let (old, new) = (chat_tests::sdk::PASSWORD, "battery staple battery");
    let change = ["auth", "password", "change", "--as", "ben"];
    let typed = format!("{old}\n{new}\n");
    house.home.run_with(&change, &typed).await.ok();

    assert_eq!(with(&house, &long, &show).await.code, Some(4));
}
