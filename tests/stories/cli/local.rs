//! The two ways on the server's own machine: its socket in the file system, and straight on its database.

use super::{NO_LIMITS, create, login, serve};
use chat_tests::{Home, Process, postgres, until};
use std::os::unix::fs::PermissionsExt;

/// A server with a socket, in a home where ann looks after it and nobody is signed in.
async fn with_socket(home: &Home) -> chat_tests::Serving {
    let words = [NO_LIMITS, &["--local-socket", "chat.sock"]].concat();
    home.serve("127.0.0.1:0", &words).await
}

#[tokio::test]
async fn through_the_socket_nobody_signs_in_and_each_deed_has_a_name() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    create(&home, "ben", &[]).await;
    let _server = with_socket(&home).await;
    let local = |words: &[&'static str]| [words, &["--socket", "chat.sock"]].concat();

    let role = home
        .run(&local(&["user", "role", "ben", "admin"]))
        .await
        .json();
    home.run(&local(&["message", "send", "@ann", "hi", "--as", "ben"]))
        .await
        .ok();
    let heard = home
        .run(&local(&["message", "list", "@ben", "--as", "ann"]))
        .await
        .json();
    let audit = home.run(&local(&["audit", "list", "-n", "1"])).await.json();
    let ann = home.run(&local(&["profile", "show"])).await.json();

    assert_eq!(role[0]["role"], "admin");
    assert_eq!(heard[0]["sender"]["username"], "ben");
    assert_eq!(audit[0]["actor_id"], ann[0]["id"]);
    let mode = std::fs::metadata(home.path().join("chat.sock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn the_socket_goes_with_its_server_and_one_that_is_left_behind_gives_way() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    let first = with_socket(&home).await;
    assert!(home.path().join("chat.sock").exists());
    first.process.kill().await;

    let second = with_socket(&home).await;
    let asked = async || {
        let words = ["profile", "show", "--socket", "chat.sock"];
        match home.run(&words).await {
            shown if shown.code == Some(0) => Ok(shown.json()),
            away => Err(format!("{away:?}")),
        }
    };
    let shown = until("it answers", asked).await;
    second.process.terminate().await;

    assert_eq!(shown[0]["username"], "ann");
    assert!(!home.path().join("chat.sock").exists());
    let away = home
        .run(&["profile", "show", "--socket", "chat.sock"])
        .await;
    assert!(away.failed(7).contains("chat.sock"), "{away:?}");
}

#[tokio::test]
async fn what_happens_is_followed_through_the_socket() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    create(&home, "ben", &[]).await;
    let server = with_socket(&home).await;
    login(&home, &server, "ben").await;
    home.run(&["message", "send", "@ann", "before"]).await.ok();

    let words = [
        "tail",
        "--socket",
        "chat.sock",
        "--since",
        "1h",
        "--jq",
        ".data.content",
    ];
    let mut tail = Process::start(&mut home.chat(&words));
    let past = tail.line().await;
    until("it follows", async || match tail.stderr() {
        said if said.contains("following ") => Ok(()),
        said => Err(said),
    })
    .await;
    home.run(&["message", "send", "@ann", "after"]).await.ok();

    assert_eq!(
        (past.as_str(), tail.line().await.as_str()),
        ("before", "after")
    );
}

#[tokio::test]
async fn the_name_of_an_account_is_worth_nothing_over_the_network() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    let server = with_socket(&home).await;

    for token in ["local:", "local:ann"] {
        let mut command = home.chat(&["profile", "show", "--server", &server.url()]);
        let ended = Process::start(command.env("CHAT_TOKEN", token))
            .ended()
            .await;
        assert_eq!(ended.code, Some(4), "{ended:?}");
    }
    let local = ["profile", "show", "--socket", "chat.sock", "--as", "nobody"];
    assert_eq!(home.run(&local).await.code, Some(3));
}

#[tokio::test]
async fn an_admin_is_rescued_straight_on_the_database() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    create(&home, "ben", &[]).await;
    let direct = format!("--direct={}", home.database());

    let role = home
        .run(&["user", "role", "ben", "admin", &direct])
        .await
        .json();
    let link = home
        .run(&["user", "reset-password", "ann", &direct])
        .await
        .json();
    let refused = home.run(&["tail", &direct]).await;

    assert_eq!(role[0]["role"], "admin");
    assert!(link[0]["link"].is_string(), "{link:?}");
    assert!(refused.failed(2).contains("--direct"), "{refused:?}");
    let server = serve(&home, "127.0.0.1:0").await;
    login(&home, &server, "ben").await;
    assert_eq!(
        home.run(&["user", "list", "--accounts"]).await.json().len(),
        2
    );
}

#[tokio::test]
async fn without_an_admin_the_way_to_one_is_told() {
    let home = Home::new();
    create(&home, "ben", &[]).await;
    let direct = format!("--direct={}", home.database());

    let none = home.run(&["user", "list", "--accounts", &direct]).await;

    assert!(none.failed(3).contains("chat user create"), "{none:?}");
}

#[tokio::test]
async fn straight_on_a_database_that_is_not_there_makes_none() {
    let home = Home::new();

    let list = ["user", "list", "--accounts", "--direct=sqlite://no.db"];
    let none = home.run(&list).await;

    assert!(none.failed(3).contains("no.db"), "{none:?}");
    assert!(!home.path().join("no.db").exists());
}

#[tokio::test]
async fn the_first_admin_is_made_in_the_database_that_is_named() {
    let home = Home::new();
    let direct = format!("--direct={}", home.database());
    let make = ["user", "create", "ann", "--admin", "--no-password"];

    home.run(&[&make[..], &[&direct]].concat()).await.ok();

    let found = home.run(&["user", "list", "--accounts", &direct]).await;
    assert_eq!(found.json()[0]["username"], "ann");
}

#[tokio::test]
async fn an_account_is_made_by_the_server_that_is_named() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    let server = with_socket(&home).await;
    login(&home, &server, "ann").await;
    let (url, elsewhere) = (server.url(), ["--database", "sqlite://elsewhere.db"]);

    for (name, place) in [
        ("ben", ["--socket", "chat.sock"]),
        ("eve", ["--server", &url]),
    ] {
        let words = [&["user", "create", name, "--no-password"][..], &place].concat();
        home.run(&words).await.ok();
        home.run(&[&words[..], &elsewhere].concat()).await.failed(2);
    }

    let all = home.run(&["user", "list", "--accounts"]).await.json();
    assert_eq!(all.len(), 3, "{all:?}");
}

#[tokio::test]
async fn a_server_that_is_named_wins_over_a_socket_from_the_environment() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    let _server = with_socket(&home).await;
    let run = async |words: &[&str]| {
        let mut command = home.chat(&[&["profile", "show"], words].concat());
        Process::start(command.env("CHAT_SOCKET", "chat.sock"))
            .ended()
            .await
    };

    assert_eq!(run(&[]).await.json()[0]["username"], "ann");
    // Nobody is signed in there.
    run(&["--server", "http://127.0.0.1:9"]).await.failed(4);
}

#[tokio::test]
async fn a_server_that_answers_is_asked_instead_of_its_file() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    let _server = with_socket(&home).await;
    let direct = format!("--direct={}", home.database());

    let mut command = home.chat(&["stats", &direct]);
    let beside = Process::start(command.env("CHAT_LOCAL_SOCKET", "chat.sock"))
        .ended()
        .await;

    assert!(
        beside.failed(6).contains("--socket chat.sock"),
        "{beside:?}"
    );
}

#[tokio::test]
async fn a_file_is_for_one_server_or_one_command_at_a_time() {
    if postgres().is_some() {
        return;
    }
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    let database = home.database();
    let direct = format!("--direct={database}");
    let stats = ["stats", &direct];
    let other = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
    let server = serve(&home, "127.0.0.1:0").await;

    let beside = home.run(&stats).await;
    let second = home.run(&other).await;
    let over = home.run(&["import", "--database", &database, "x"]).await;
    let seeded = home.run(&["seed", "demo", "--database", &database]).await;

    assert!(beside.failed(6).contains("--socket"), "{beside:?}");
    assert!(second.failed(6).contains("another server"), "{second:?}");
    assert!(over.failed(6).contains("a server runs on it"), "{over:?}");
    assert!(seeded.failed(6).contains("with --server"), "{seeded:?}");
    // Also one that was killed lets it go.
    server.process.kill().await;
    home.run(&stats).await.ok();
}

#[tokio::test]
async fn a_second_server_does_not_take_the_socket_of_a_living_one() {
    let (home, other) = (Home::new(), Home::new());
    create(&home, "ann", &["--admin"]).await;
    let _server = with_socket(&home).await;
    let socket = home.path().join("chat.sock").display().to_string();

    let words = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--local-socket",
        &socket,
    ];
    let database = other.database();
    let second = other
        .run(&[&words[..], &["--database", &database]].concat())
        .await;

    // Who waits for the line that says it listens is not misled.
    assert_eq!((second.code, second.stdout.as_str()), (Some(1), ""));
    let shown = home
        .run(&["profile", "show", "--socket", "chat.sock"])
        .await;
    assert_eq!(shown.json()[0]["username"], "ann");
}

#[tokio::test]
async fn what_is_done_through_the_socket_is_written_down_so() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    create(&home, "ben", &[]).await;
    let server = with_socket(&home).await;
    login(&home, &server, "ann").await;

    let (off, on) = (["user", "disable", "ben"], ["user", "enable", "ben"]);
    home.run(&[&off[..], &["--socket", "chat.sock"]].concat())
        .await
        .ok();
    home.run(&on).await.ok();

    let list = ["audit", "list", "-n", "2", "--action", "admin.user"];
    let noted = home.run(&list).await.json();
    let detail = |nth: usize| noted[nth]["detail"].as_str().unwrap_or_default();
    assert!(detail(1).contains("through the local socket"), "{noted:?}");
    assert!(!detail(0).contains("socket"), "{noted:?}");
}

#[tokio::test]
async fn the_group_of_the_socket_is_let_in_where_the_settings_say_so() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;
    let group = ["--set", "local_socket_group=true"];
    let words = [NO_LIMITS, &["--local-socket", "chat.sock"], &group].concat();
    let _server = home.serve("127.0.0.1:0", &words).await;

    let mode = async || {
        let about = std::fs::metadata(home.path().join("chat.sock"));
        let about = about.map_err(|error| error.to_string())?;
        Ok(about.permissions().mode() & 0o777)
    };

    assert_eq!(until("the socket is there", mode).await, 0o660);
}

#[tokio::test]
async fn a_database_that_is_not_joined_to_its_flag_is_not_taken_for_something_else() {
    let home = Home::new();
    create(&home, "ann", &["--admin"]).await;

    let refused = home.run(&["user", "list", "--direct", "chat.db"]).await;

    let said = refused.failed(2);
    assert!(said.contains("--direct=sqlite://chat.db"), "{said}");
}
