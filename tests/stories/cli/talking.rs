//! Accounts, signing in, conversations and messages from a shell; exit codes; and what no output ever shows.

use super::{create, login, serve};
use chat_tests::{Ended, Home, Process, Serving, postgres, sdk};
use serde_json::{Value, json};

async fn ann_and_ben() -> (Home, Serving) {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    create(&home, "ben", &[]).await;
    let server = serve(&home, "127.0.0.1:0").await;
    (home, server)
}

#[tokio::test]
async fn an_account_is_made_in_an_empty_database_and_signs_in() {
    let home = Home::new();
    let made = create(&home, "ann", &["--admin", "--display-name", "Ann Lee"]).await;
    let server = serve(&home, "127.0.0.1:0").await;

    login(&home, &server, "ann").await;

    assert_eq!(
        (&made[0]["role"], &made[0]["display_name"]),
        (&json!("admin"), &json!("Ann Lee"))
    );
    let status = home.run(&["auth", "status"]).await.json();
    assert_eq!(
        (&status[0]["username"], &status[0]["state"]),
        (&json!("ann"), &json!("signed in"))
    );
}

#[tokio::test]
async fn what_is_said_is_listed_in_its_order_and_the_newest_alone() {
    let (home, server) = ann_and_ben().await;
    login(&home, &server, "ann").await;
    let mut sent = Vec::new();
    for text in ["first", "second", "third"] {
        let words = ["message", "send", "@ben", text];
        sent.extend(home.run(&words).await.json());
    }

    let list = ["message", "list", "@ben"];
    let listed = home.run(&list).await.json();
    let newest = home.run(&[&list[..], &["-n", "2"]].concat()).await.json();

    let column = |lines: &[Value], key: &str| -> Vec<Value> {
        lines.iter().map(|line| line[key].clone()).collect()
    };
    assert_eq!(column(&listed, "content"), ["first", "second", "third"]);
    assert_eq!(column(&listed, "id"), column(&sent, "id"));
    assert_eq!(column(&newest, "content"), ["second", "third"]);
}

#[tokio::test]
async fn text_and_ids_come_and_go_through_pipes() {
    let (home, server) = ann_and_ben().await;
    login(&home, &server, "ann").await;

    let sent = home
        .run_with(
            &["message", "send", "@ben", "-", "-o", "ids"],
            "two\nlines\n",
        )
        .await
        .ok();
    let ids = home
        .run(&["message", "list", "@ben", "-o", "ids"])
        .await
        .ok();
    let table = home
        .run(&["message", "list", "@ben", "-o", "table"])
        .await
        .ok();

    assert_eq!(sent, ids);
    assert!(
        table.contains("ann: two\n    lines\n") && !table.contains('\u{1b}'),
        "{table:?}"
    );
}

#[tokio::test]
async fn the_same_client_id_says_nothing_twice() {
    let (home, server) = ann_and_ben().await;
    login(&home, &server, "ann").await;
    let words = [
        "message",
        "send",
        "@ben",
        "build 7 is out",
        "--client-id",
        "build-7",
    ];

    let first = home.run(&words).await.json();
    let again = home.run(&words).await.json();

    assert_eq!(
        (&first[0]["id"], &again[0]["duplicate"]),
        (&again[0]["id"], &json!(true))
    );
    assert_eq!(home.run(&["message", "list", "@ben"]).await.json().len(), 1);
}

#[tokio::test]
async fn several_people_are_signed_in_and_one_is_meant() {
    let (home, server) = ann_and_ben().await;
    login(&home, &server, "ann").await;
    login(&home, &server, "ben").await;

    let of_ben = home
        .run(&["message", "send", "@ann", "it is me"])
        .await
        .json();
    let of_ann = home
        .run(&["message", "send", "@ben", "no, me", "--as", "ann"])
        .await
        .json();

    assert_eq!(
        (
            &of_ben[0]["sender"]["username"],
            &of_ann[0]["sender"]["username"]
        ),
        (&json!("ben"), &json!("ann"))
    );
    home.run(&["auth", "logout"]).await.ok();
    assert_eq!(home.run(&["auth", "status"]).await.json().len(), 1);
}

#[tokio::test]
async fn exit_codes_say_what_went_wrong() {
    let (home, server) = ann_and_ben().await;
    let url = server.url();
    let stranger = home.run(&["conversation", "list", "--server", &url]).await;
    let wrong = home
        .run_with(
            &["auth", "login", "ann", "--server", &url],
            "wrong password\n",
        )
        .await;
    login(&home, &server, "ann").await;
    let nobody = home.run(&["message", "send", "@nobody", "hello"]).await;
    let nowhere = home.run(&["message", "list", "No such group"]).await;
    let empty = home.run(&["message", "send", "@ben", " "]).await;
    let taken = home
        .run_with(
            &["user", "create", "ben", "--database", &home.database()],
            "another password\n",
        )
        .await;
    server.process.terminate().await.ok();
    let away = home.run(&["conversation", "list"]).await;

    assert_eq!(
        stranger.failed(4),
        format!("error: not signed in at {url}/")
    );
    assert!(stranger.stderr.contains("chat auth login"), "{stranger:?}");
    assert!(wrong.failed(4).starts_with("error: "), "{wrong:?}");
    assert_eq!(
        nobody.failed(3),
        "error: there is no user nobody; find people with: chat user list"
    );
    assert!(nowhere.failed(3).contains("No such group"), "{nowhere:?}");
    assert!(
        empty
            .failed(2)
            .starts_with("error: the message must show something"),
        "{empty:?}"
    );
    assert!(taken.failed(6).contains("username"), "{taken:?}");
    assert!(
        away.failed(7)
            .starts_with("error: the server cannot be reached"),
        "{away:?}"
    );
}

#[tokio::test]
async fn a_token_in_the_environment_wins_and_is_not_kept() {
    let (home, server) = ann_and_ben().await;
    let client = sdk::client(&server.url());
    client
        .login("ben", chat_core::Secret::new(sdk::PASSWORD))
        .await
        .expect("ben signs in");
    let session = client.session().expect("signed in");

    let mut command = home.chat(&[
        "message",
        "send",
        "@ann",
        "by token",
        "--server",
        &server.url(),
    ]);
    // Exposed to be handed over.
    command.env("CHAT_TOKEN", session.access_token.expose());
    let sent = Process::start(&mut command).ended().await.json();

    assert_eq!(sent[0]["sender"]["username"], "ben");
    assert_eq!(
        home.run(&["auth", "status"]).await.code,
        Some(4),
        "nobody stays signed in"
    );
}

#[tokio::test]
async fn who_reads_no_further_is_no_failure() {
    let (home, server) = ann_and_ben().await;
    login(&home, &server, "ann").await;
    for nth in 0..3 {
        home.run(&["message", "send", "@ben", &format!("line {nth}")])
            .await
            .ok();
    }

    for words in [
        &["message", "list", "@ben"][..],
        &["conversation", "list"],
        &["user", "list"],
        &["config", "show"],
    ] {
        let ended = Process::start(&mut home.chat(words)).stop_reading().await;
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{words:?}"
        );
    }
}

/// Sees that none of the secrets is in what processes said.
#[track_caller]
fn assert_silent(all: &[Ended], secrets: &[&str]) {
    for (ended, secret) in all
        .iter()
        .flat_map(|one| secrets.iter().map(move |s| (one, s)))
    {
        let said = [&ended.stdout, &ended.stderr];
        assert!(!said.iter().any(|text| text.contains(secret)), "{ended:#?}");
    }
}

#[tokio::test]
async fn no_output_and_no_log_shows_a_password_or_a_token() {
    let home = Home::new();
    create(&home, "ben", &[]).await;
    let trace = [&["--log", "trace"], super::NO_LIMITS].concat();
    let server = home.serve("127.0.0.1:0", &trace).await;
    let (database, url) = (home.database(), server.url());
    let mut all = Vec::new();
    for (words, secret) in [
        (
            ["user", "create", "ann", "--database", &database],
            sdk::PASSWORD,
        ),
        (
            ["auth", "login", "ann", "--server", &url],
            "not the password",
        ),
        (["auth", "login", "ann", "--server", &url], sdk::PASSWORD),
    ] {
        all.push(home.run_with(&words, &format!("{secret}\n")).await);
    }
    let tokens = tokens(&home);
    for words in [
        &["auth", "status"][..],
        &["auth", "status", "-o", "table"],
        &["message", "send", "@ben", "hello"],
        &["tail", "--count", "0"],
        &["auth", "logout"],
    ] {
        all.push(home.run(words).await);
    }
    all.push(server.process.terminate().await);

    let log = all.last().map_or(0, |log| log.stderr.len());
    assert!(log > 1_000, "a log at this level is long: {all:?}");
    let [access, refresh] = &tokens;
    assert_silent(&all, &[sdk::PASSWORD, "not the password", access, refresh]);
}

/// The tokens of the sign-in that is kept in a home.
fn tokens(home: &Home) -> [String; 2] {
    let kept = home.path().join("state/chat/sessions.json");
    let kept = std::fs::read(&kept).expect("it is kept");
    let kept: Value = serde_json::from_slice(&kept).expect("it is JSON");
    let session = &kept["accounts"][0]["session"];
    ["access_token", "refresh_token"].map(|key| session[key].as_str().expect("a token").to_owned())
}

#[tokio::test]
async fn sessions_are_kept_where_only_their_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    let (home, server) = ann_and_ben().await;
    login(&home, &server, "ann").await;
    let mut files = vec![("state/chat/sessions.json", 0o600), ("state/chat", 0o700)];
    // Else they are in the database.
    if postgres().is_none() {
        files.push(("chat.db.keys", 0o600));
    }

    for (file, mode) in files {
        let about = std::fs::metadata(home.path().join(file)).expect("it is there");
        assert_eq!(about.permissions().mode() & 0o777, mode, "{file}");
    }
}
