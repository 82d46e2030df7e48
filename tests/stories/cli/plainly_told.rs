//! What is told to a person in words: what would be done, what was done all the same, and which line was wrong.

use super::house::House;
use chat_tests::{Process, program};

#[tokio::test]
async fn a_rehearsal_says_who_and_what() {
    let house = House::open().await;
    house.group("Climbing").await;

    for (words, deed) in [
        (
            &["message", "send", "Climbing", "Nine"][..],
            "say in Climbing: Nine",
        ),
        (&["message", "send", "@ben", "hi"], "say in @ben: hi"),
        (
            &["user", "delete", "ben"],
            "delete the account ben for good",
        ),
        (&["user", "disable", "ben"], "switch off ben"),
        (&["user", "role", "ben", "admin"], "make an admin of ben"),
        (
            &["conversation", "rename", "Climbing", "Sunday"],
            "rename Climbing to Sunday",
        ),
        (&["conversation", "delete", "Climbing"], "delete Climbing ("),
        (
            &["member", "remove", "Climbing", "ben"],
            "take ben out of Climbing",
        ),
        (
            &["settings", "change", "--presence", "nobody"],
            "change your settings to presence: nobody",
        ),
        (
            &["token", "create", "ci", "--scope", "read"],
            "make the token ci",
        ),
        (&["block", "add", "ben"], "block ben"),
    ] {
        let ended = house.run("ann", &[words, &["--dry-run"]].concat()).await;
        let said = format!("nothing was done; this would be: {deed}");
        assert!(ended.stderr.contains(&said), "{words:?}: {ended:?}");
    }
}

#[tokio::test]
async fn every_deed_has_words_for_a_rehearsal() {
    let house = House::open().await;
    house.group("Climbing").await;
    let id = house.say("Climbing", "hello").await;

    for line in [
        format!("message react {id} 👍"),
        format!("message pin {id}"),
        format!("message edit {id} other"),
        format!("message forward {id} @ben"),
        format!("message report {id} rude"),
        "conversation mute Climbing".to_owned(),
        "conversation read Climbing".to_owned(),
        "conversation unread Climbing".to_owned(),
        "conversation leave Climbing".to_owned(),
        "conversation ttl Climbing 7d".to_owned(),
        "member ban Climbing ben".to_owned(),
        "invite create Climbing".to_owned(),
        "contact add ben".to_owned(),
        "user reset-password ben".to_owned(),
        "profile change --bio me".to_owned(),
    ] {
        let words: Vec<_> = line.split(' ').chain(["--dry-run"]).collect();
        let ended = house.run("ann", &words).await;
        let said = ended
            .stderr
            .trim_start_matches("nothing was done; this would be: ");
        let (first, _) = said.split_once(' ').expect("it is told");
        assert!(
            !first.contains(['.', ':']) && ended.code == Some(0),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn who_cannot_be_told_the_answer_is_told_that_it_was_done() {
    let house = House::open().await;

    for (line, code) in [
        ("message send @ben again", 5),
        ("token create ci --scope read", 5),
        ("user list", 1),
    ] {
        let mut command = house.home.command("sh");
        let line_of_shell = format!("\"$CHAT\" {line} --as ann > /dev/full");
        command
            .args(["-c", &line_of_shell])
            .env("CHAT", program("chat"));
        let ended = Process::start(&mut command).ended().await;
        let said = &ended.stderr;
        assert_eq!(ended.code, Some(code), "{said}");
        assert_eq!(said.contains("it was done"), code == 5, "{said}");
        let is_token = line.starts_with("token");
        assert_eq!(said.contains("chat token revoke"), is_token, "{said}");
    }

    assert_eq!(house.ben(&["message", "list", "@ann"]).await.len(), 1);
}

#[tokio::test]
async fn a_server_that_the_environment_names_makes_the_account() {
    let house = House::open().await;
    let words = [
        "user",
        "create",
        "eve",
        "--admin",
        "--no-password",
        "--as",
        "ann",
    ];
    let mut command = house.home.chat(&words);
    std::fs::create_dir(house.home.path().join("empty")).unwrap();
    command
        .current_dir(house.home.path().join("empty"))
        .env("CHAT_SERVER", house.server.url());

    Process::start(&mut command).ended().await.ok();

    assert_eq!(
        house
            .ann(&["user", "list", "eve", "--accounts"])
            .await
            .len(),
        1
    );
    assert!(!house.home.path().join("empty/chat.db").exists());
}

const UNKNOWN: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn a_rehearsal_of_a_deletion_says_whose_message_and_which_and_what_is_not_there() {
    let house = House::open().await;
    house.group("Climbing").await;
    let id = house.say("Climbing", "cheap shoes").await;

    let words = ["message", "delete", &id, UNKNOWN, "--dry-run"];
    let rehearsed = house.run("ann", &words).await;

    assert_eq!(rehearsed.code, Some(5), "{rehearsed:?}");
    let told = format!("delete the message {id} for everyone, of ann: cheap shoes");
    assert!(rehearsed.stderr.contains(&told), "{rehearsed:?}");
    let missing = format!("error: {UNKNOWN}: ");
    assert!(rehearsed.stderr.contains(&missing), "{rehearsed:?}");
}

#[tokio::test]
async fn a_rehearsal_of_what_is_not_there_says_so() {
    let house = House::open().await;

    for line in [
        format!("message react {UNKNOWN} 👍"),
        format!("message edit {UNKNOWN} other"),
        format!("message forward {UNKNOWN} @ben"),
        format!("report decide {UNKNOWN} resolved"),
        "invite join 1jT31Uohkn54Af7mfKuumA".to_owned(),
        format!("attachment delete {UNKNOWN}"),
    ] {
        let words: Vec<_> = line.split(' ').chain(["--dry-run"]).collect();
        assert_eq!(house.run("ann", &words).await.code, Some(3), "{line}");
    }
}

#[tokio::test]
async fn who_is_not_there_keeps_nobody_else_out() {
    let house = House::open().await;
    house.group("Climbing").await;
    let eve = ["user", "create", "eve", "--remote", "--no-password"];
    house.run("ann", &eve).await.ok();
    let add = ["member", "add", "Climbing", "eve", "nobody"];

    let rehearsed = house.run("ann", &[&add[..], &["--dry-run"]].concat()).await;
    let added = house.run("ann", &add).await;

    let told = "this would be: bring eve into Climbing";
    assert!(rehearsed.stderr.contains(told), "{rehearsed:?}");
    for ended in [&rehearsed, &added] {
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(ended.stderr.contains("nobody: "), "{ended:?}");
    }
    assert!(added.stdout.contains("eve"), "{added:?}");
    assert_eq!(rehearsed.stdout, "");
}

const PEOPLE: &str =
    "username,email\nchloe,chloe@example.org,Chloe\nyuki,ann@example.org\ndavid,\n";

#[tokio::test]
async fn a_line_that_is_too_long_and_an_address_that_is_taken_are_named_and_the_rest_is_done() {
    let house = House::open().await;
    let own = ["user", "update", "ann", "--email", "ann@example.org"];
    house.run("ann", &own).await.ok();
    let import = ["user", "import", "-", "--as", "ann"];

    let rehearse = [&import[..], &["--dry-run"]].concat();
    let rehearsed = house.home.run_with(&rehearse, PEOPLE).await;
    let done = house.home.run_with(&import, PEOPLE).await;

    for ended in [&rehearsed, &done] {
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(
            ended
                .stderr
                .contains("line 2: the number of its values is 3"),
            "{ended:?}"
        );
        assert!(ended.stderr.contains("line 3: "), "{ended:?}");
    }
    assert!(
        rehearsed.stderr.contains("1 would be done, 2 would fail"),
        "{rehearsed:?}"
    );
    assert!(done.stderr.contains("1 done, 2 failed"), "{done:?}");
    assert_eq!(done.stdout.lines().count(), 1, "{done:?}");
}

#[tokio::test]
async fn people_who_are_imported_are_a_table_where_one_is_asked_for() {
    let house = House::open().await;
    let import = ["user", "import", "-", "-o", "table", "--as", "ann"];

    let plain = house.home.run_with(&import, "username\nchloe\n").await.ok();
    let secret = [&import[..], &["--generate-passwords"]].concat();
    let told = house.home.run_with(&secret, "username\nyuki\n").await.ok();

    for (table, name) in [(plain, "chloe"), (told, "yuki")] {
        let (heading, row) = table.split_once('\n').expect("two lines");
        assert_eq!(heading.find("USER"), row.find(name), "{table}");
        assert!(
            !table.contains('\t') && heading.starts_with("LINE"),
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_text_that_goes_on_is_not_counted() {
    let house = House::open().await;
    let words = ["message", "send", "@ben", "-", "--as", "ann"];

    let long = house.home.run_with(&words, &"abc\n".repeat(25_000)).await;
    let little = house.home.run_with(&words, &"a".repeat(4_001)).await;

    assert!(
        long.failed(2).contains("this has more than that"),
        "{long:?}"
    );
    assert!(little.failed(2).contains("this has 4001"), "{little:?}");
}
