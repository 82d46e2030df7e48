//! What somebody meets who does not know the program yet: the wrong directory, the wrong address, the same twice, oneself.

use super::{NO_LIMITS, create, house::House, login, serve};
use chat_tests::{Home, Terminal, program, sdk};

/// The names of everybody in a database.
async fn names(home: &Home, more: &[&str]) -> Vec<String> {
    let direct = format!("--direct={}", home.database());
    let words = [
        &[
            "user",
            "list",
            "--accounts",
            &direct,
            "--fields",
            "username",
        ],
        more,
    ]
    .concat();
    let listed = home.run(&words).await.json();
    let name = |line: &serde_json::Value| line["username"].as_str().map(str::to_owned);
    listed.iter().filter_map(name).collect()
}

#[tokio::test]
async fn seeding_again_with_another_seed_or_size_adds_other_talk() {
    let home = Home::new();
    let database = home.database();
    let seed = ["seed", "demo", "--messages", "60", "--database", &database];

    for more in [
        &["--users", "8"][..],
        &["--users", "8", "--seed", "2"],
        &["--users", "4"],
    ] {
        home.run(&[&seed[..], more].concat()).await.ok();
    }

    home.run(&["export", "--database", &database, "all"])
        .await
        .ok();
    let said = std::fs::read_to_string(home.path().join("all/messages.jsonl")).unwrap();
    for run in ["demo-1-8-60", "demo-2-8-60", "demo-1-4-60"] {
        let count = said.lines().filter(|line| line.contains(run)).count();
        assert_eq!(count, 60, "{run}");
    }
}

#[tokio::test]
async fn seeding_speaks_for_nobody_whom_it_did_not_make() {
    let home = Home::new();
    let database = home.database();
    create(&home, "ben", &["--admin"]).await;
    let seed = [
        "seed",
        "demo",
        "--users",
        "3",
        "--messages",
        "20",
        "--database",
        &database,
    ];

    let refused = home.run(&seed).await;

    assert!(
        refused
            .failed(6)
            .contains("ben is here with another password"),
        "{refused:?}"
    );
    assert_eq!(names(&home, &["-o", "jsonl"]).await, ["ben"]);
}

#[tokio::test]
async fn seeding_says_no_password_that_does_not_hold() {
    let home = Home::new();
    let database = home.database();
    std::fs::write(home.path().join("other"), "quite another one\n").unwrap();
    let seed = [
        "seed",
        "demo",
        "--users",
        "3",
        "--messages",
        "20",
        "--database",
        &database,
    ];
    home.run(&seed).await.ok();

    let refused = home
        .run(&[&seed[..], &["--password-file", "other"]].concat())
        .await;

    assert!(refused.failed(6).contains("--password-file"), "{refused:?}");
}

#[tokio::test]
async fn a_list_in_a_pipe_is_whole() {
    let home = Home::new();
    let database = home.database();
    let seed = [
        "seed",
        "demo",
        "--users",
        "61",
        "--messages",
        "1",
        "--database",
        &database,
    ];
    home.run(&seed).await.ok();
    create(&home, "root1", &["--admin"]).await;

    assert_eq!(names(&home, &[]).await.len(), 62);
    assert_eq!(names(&home, &["-n", "all"]).await.len(), 62);
    assert_eq!(names(&home, &["-n", "7"]).await.len(), 7);
}

#[tokio::test]
async fn who_cannot_be_reached_is_named_with_what_the_settings_say() {
    let home = Home::new();
    let list = ["user", "list"];
    let bare = home
        .run(&[&list[..], &["--server", "http://127.0.0.1:1"]].concat())
        .await;
    std::fs::write(home.path().join("chat.toml"), "listen = \"127.0.0.1:2\"\n").unwrap();
    std::fs::write(home.path().join("password"), "does not matter\n").unwrap();

    let login = home
        .run(&["auth", "login", "ann", "--password-file", "password"])
        .await;
    let bad = home
        .run(&[&list[..], &["--server", "chat.example.org"]].concat())
        .await;

    // Nobody is signed in there: it is not even asked.
    assert_eq!(bare.code, Some(4), "{bare:?}");
    assert_eq!(login.code, Some(7), "{login:?}");
    assert!(
        login.stderr.contains("tried http://127.0.0.1:8000/"),
        "{login:?}"
    );
    assert!(
        login.stderr.contains("--server http://127.0.0.1:2/"),
        "{login:?}"
    );
    assert!(bad.stderr.contains("https://chat.example.org"), "{bad:?}");
}

#[tokio::test]
async fn a_sign_in_at_a_server_that_is_gone_can_be_taken_away() {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    let server = serve(&home, "127.0.0.1:0").await;
    login(&home, &server, "ann").await;
    server.process.terminate().await;

    let out = home.run(&["auth", "logout"]).await;

    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(out.stderr.contains("forgotten here"), "{out:?}");
    let status = home.run(&["auth", "status"]).await;
    assert!(
        status.stdout.is_empty() && status.code == Some(4),
        "{status:?}"
    );
}

#[tokio::test]
async fn oneself_is_asked_for_by_name() {
    let house = House::open().await;
    house.ann(&["user", "role", "ben", "admin"]).await;

    let off = house.run("ann", &["user", "disable", "ann"]).await;
    let role = house.run("ann", &["user", "role", "ann", "user"]).await;

    for refused in [&off, &role] {
        assert!(
            refused.failed(2).contains("--confirm \"ann\""),
            "{refused:?}"
        );
    }
    let word = ["user", "role", "ann", "user", "--confirm", "ann"];
    assert_eq!(house.ann(&word).await[0]["role"], "user");
    // With xargs, the others are done all the same.
    let both = ["user", "disable", "ben", "ann"];
    let both = house.run("ben", &both).await;
    assert!(
        both.code == Some(5) && both.stdout.contains("ann"),
        "{both:?}"
    );
}

#[tokio::test]
async fn the_note_of_a_report_stays_until_there_is_another() {
    let house = House::open().await;
    house.group("Climbing").await;
    let said = house.say("Climbing", "shoes, cheap").await;
    house
        .run("ben", &["message", "report", &said, "sells shoes"])
        .await
        .ok();
    let id = house
        .run("ann", &["report", "list", "-o", "ids"])
        .await
        .ok();
    let decide = ["report", "decide", id.trim()];

    let noted = [&decide[..], &["resolved", "--note", "told ben"]].concat();
    house.ann(&noted).await;
    let again = house.ann(&[&decide[..], &["dismissed"]].concat()).await;

    assert_eq!(again[0]["note"], "told ben", "{again:?}");
}

#[tokio::test]
async fn an_account_in_the_wrong_directory_makes_no_database() {
    let home = Home::new();
    let make = ["user", "create", "ben", "--no-password"];

    let refused = home.run(&make).await;

    assert!(
        refused.failed(3).contains("there is no database"),
        "{refused:?}"
    );
    assert!(!home.path().join("chat.db").exists());
    let first = home
        .run(&["user", "create", "ann", "--admin", "--no-password"])
        .await;
    assert!(
        first.stderr.contains("chat.db, a new database"),
        "{first:?}"
    );
    home.run(&make).await.ok();
}

#[tokio::test]
async fn an_import_is_looked_through_before_it_is_done() {
    let house = House::open().await;
    let import = ["user", "import", "-", "--as", "ann", "--dry-run"];
    let people = "username,email\r\nben,\r\nchloe,c@example.org\r\nchloe,\r\nfoo,none\r\n";

    let looked = house.home.run_with(&import, people).await;

    for word in [
        "the name ben is taken",
        "line 3: make the account chloe",
        "chloe is in line 3",
        "line 5",
    ] {
        assert!(looked.stderr.contains(word), "{word}: {looked:?}");
    }
    assert_eq!(looked.code, Some(5), "{looked:?}");
}

#[tokio::test]
async fn one_document_is_printed_also_of_what_answers_nothing() {
    let house = House::open().await;
    for words in [&["block", "add", "ben"][..], &["block", "remove", "ben"]] {
        let printed = house.run("ann", &[words, &["-o", "json"]].concat()).await;
        let document: serde_json::Value = serde_json::from_str(&printed.ok()).unwrap();
        assert_eq!(document["items"][0]["done"], true, "{document}");
    }
    let health = ["health", "--server", &house.server.url(), "-o", "json"];
    let ready = super::health::ready(&house.home, &health).await.ok();
    assert!(ready.contains("\"ready\": true"), "{ready}");
}

#[tokio::test]
async fn a_name_that_is_no_field_is_a_mistake() {
    let house = House::open().await;
    let with = |fields| ["user", "list", "--accounts", "--fields", fields];

    assert_eq!(house.run("ann", &with("username,nope")).await.code, Some(2));
    // A field that nobody has just now is one all the same.
    assert_eq!(
        house.run("ann", &with("username,disabled_at")).await.code,
        Some(0)
    );
}

#[tokio::test]
async fn a_directory_of_files_that_went_away_is_not_made_again() {
    let home = Home::new();
    let database = "sqlite://own.db";
    for name in ["ann", "ben"] {
        let make = ["user", "create", name, "--admin", "--database", database];
        home.run_with(&make, &format!("{}\n", sdk::PASSWORD))
            .await
            .ok();
    }
    let server = home.serve_on(database, "127.0.0.1:0", NO_LIMITS).await;
    login(&home, &server, "ann").await;
    std::fs::write(home.path().join("notes.txt"), "notes").unwrap();
    let send = ["message", "send", "@ben", "--file", "notes.txt"];
    home.run(&send).await.ok();
    let media = home.path().join("own.db.media");
    std::fs::rename(&media, home.path().join("away")).unwrap();

    let lost = home.run(&send).await;
    server.process.terminate().await;
    let direct = home
        .run(&["user", "list", "--direct=sqlite://own.db"])
        .await;

    assert_eq!(
        (lost.code, direct.code == Some(0)),
        (Some(7), false),
        "{lost:?} {direct:?}"
    );
    assert!(!media.exists());
}

#[tokio::test]
async fn keys_that_are_lost_are_told_of_at_the_start() {
    let home = Home::new();
    let database = "sqlite://own.db";
    let make = [
        "user",
        "create",
        "ann",
        "--no-password",
        "--database",
        database,
    ];
    home.run(&make).await.ok();
    std::fs::remove_file(home.path().join("own.db.keys")).unwrap();

    let server = home.serve_on(database, "127.0.0.1:0", NO_LIMITS).await;
    let ended = server.process.terminate().await;

    assert!(
        ended.stderr.contains("own.db.keys was not there"),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains("everybody has to sign in again"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_list_on_a_terminal_says_that_there_is_more_and_has_ids_last() {
    let home = Home::new();
    let place = ["--database", "sqlite://own.db"];
    let seed = ["seed", "demo", "--users", "61", "--messages", "1"];
    home.run(&[&seed[..], &place].concat()).await.ok();
    let make = ["user", "create", "root1", "--admin", "--no-password"];
    home.run(&[&make[..], &place].concat()).await.ok();
    let terminal = Terminal::open(home, 140, 60).await;
    let chat = program("chat").display().to_string();

    terminal.run(&format!(
        "clear; {chat} user list --accounts --direct=sqlite://own.db"
    ));

    let word = "there are more than these 50; all of them: -n all";
    let is_told = |screen: &chat_tests::Screen| screen.0.contains(word);
    let screen = terminal.shows("a word", is_told).await;
    let heading = screen
        .0
        .lines()
        .find(|line| line.starts_with("USER "))
        .unwrap();
    assert!(heading.ends_with(" ID"), "{heading}");
}
