//! What is told once, such as a token, is not lost to a typo in what of it is asked for.

use super::house::House;
use chat_tests::Ended;
use serde_json::Value;

const TOKEN: [&str; 5] = ["token", "create", "ci", "--scope", "read"];

async fn made(house: &House, more: &[&str]) -> Ended {
    house.run("ann", &[&TOKEN[..], more].concat()).await
}

/// The whole record, which is the last line.
#[track_caller]
fn whole(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.stderr.contains("it was done"), "{ended:?}");
    let last = ended.stdout.lines().last().expect("there is a line");
    serde_json::from_str(last).expect("it is JSON")
}

#[tokio::test]
async fn a_name_that_nothing_has_is_told_before_anything_is_done() {
    let house = House::open().await;
    let send = ["message", "send", "@ben", "hey", "--fields", "nothere"];

    let token = made(&house, &["--fields", "tokn"]).await;
    let sent = house.run("ann", &send).await;
    let tail = house.run("ann", &["tail", "--fields", "id,nothere"]).await;

    assert!(token.failed(2).contains("is it token?"), "{token:?}");
    for refused in [sent, tail] {
        assert!(refused.failed(2).contains("nothere"), "{refused:?}");
    }
    let tokens = house.ann(&["token", "list"]).await;
    let said = house.ann(&["conversation", "list"]).await;
    assert_eq!((tokens, said), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_program_that_fails_on_what_was_made_leaves_the_whole_of_it() {
    let house = House::open().await;

    let failed = whole(&made(&house, &["--jq", ".token|tonumber"]).await);
    let nothing = whole(&made(&house, &["--jq", ".tokn"]).await);
    let document = made(&house, &["-o", "json", "--jq", ".items[0].tokn"]).await;
    let absent = whole(&made(&house, &["--fields", "email"]).await);

    let in_document = &whole(&document)["items"][0];
    let tokens = [&failed, &nothing, in_document, &absent].map(|one| one["token"].is_string());
    assert_eq!(tokens, [true; 4]);
    let wanted = made(&house, &["--jq", ".token"]).await.ok();
    assert!(!wanted.contains('{'), "{wanted}");
}

#[tokio::test]
async fn passwords_that_are_made_up_are_asked_for_by_names_that_they_have() {
    let house = House::open().await;
    std::fs::write(house.home.path().join("two.csv"), "username\neve\nfay\n").unwrap();
    let import = ["user", "import", "two.csv", "--generate-passwords"];
    let with = |fields| [&import[..], &["--fields", fields]].concat();

    let typo = house.run("ann", &with("username,passwrd")).await;
    // A name of the protocol, and of nothing here.
    let other = house.run("ann", &with("username,token")).await;
    let nobody = house.ann(&["user", "list", "eve"]).await;
    let right = house.run("ann", &with("username,password")).await.json();

    assert!(typo.failed(2).contains("password"), "{typo:?}");
    assert!(other.failed(2).contains("link"), "{other:?}");
    assert_eq!((nobody.len(), right.len()), (0, 2));
    assert!(right.iter().all(|one| one["password"].is_string()));
}
