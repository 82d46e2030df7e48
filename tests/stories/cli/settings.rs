//! Settings in layers: each wins over the ones before it, and `chat config show` says where each comes from.

use chat_tests::{Home, Process};
use serde_json::{Value, json};

/// What `config show` says about a key.
async fn shown(
    home: &Home,
    arguments: &[&str],
    environment: &[(&str, &str)],
    key: &str,
) -> (Value, String) {
    let mut words = vec!["config", "show"];
    words.extend(arguments);
    let mut command = home.chat(&words);
    command.envs(environment.iter().copied());
    let lines = Process::start(&mut command).ended().await.json();
    let line = lines
        .iter()
        .find(|line| line["key"] == key)
        .unwrap_or_else(|| panic!("no {key} in {lines:?}"));
    (
        line["value"].clone(),
        line["from"].as_str().unwrap_or_default().to_owned(),
    )
}

fn write(home: &Home, file: &str, text: &str) -> String {
    let path = home.path().join(file);
    std::fs::create_dir_all(path.parent().expect("it is in the home")).expect("it is writable");
    std::fs::write(&path, text).expect("it is writable");
    path.display().to_string()
}

#[tokio::test]
async fn flags_win_over_the_environment_and_that_over_the_file() {
    let home = Home::new();
    let key = "limits.members";
    let environment = [("CHAT_LIMITS__MEMBERS", "30")];
    let flags = ["--set", "limits.members=40"];

    let (value, from) = shown(&home, &[], &[], key).await;
    assert_eq!((value, from.as_str()), (json!(5000), "default"));

    let path = write(&home, "config/chat/server.toml", "[limits]\nmembers = 20\n");
    let (value, from) = shown(&home, &[], &[], key).await;
    assert_eq!((value, from), (json!(20), format!("file {path}")));

    let (value, from) = shown(&home, &[], &environment, key).await;
    assert_eq!(
        (value, from.as_str()),
        (json!(30), "environment CHAT_LIMITS__MEMBERS")
    );

    let (value, from) = shown(&home, &flags, &environment, key).await;
    assert_eq!(
        (value, from.as_str()),
        (json!(40), "flag --set limits.members")
    );
}

#[tokio::test]
async fn a_named_file_is_read_instead_of_the_usual_one() {
    let home = Home::new();
    write(&home, "config/chat/server.toml", "heartbeat_ms = 1000\n");
    let named = write(&home, "other.toml", "session_days = 7\n");

    let (days, from) = shown(&home, &["--config", &named], &[], "session_days").await;
    let (heartbeat, _) = shown(&home, &[], &[("CHAT_CONFIG", &named)], "heartbeat_ms").await;

    assert_eq!((days, from), (json!(7), format!("file {named}")));
    assert_eq!(heartbeat, json!(25000));
}

#[tokio::test]
async fn the_server_runs_with_what_is_shown() {
    let home = Home::new();
    write(
        &home,
        "config/chat/server.toml",
        "open_registration = false\n",
    );
    let server = home.serve("127.0.0.1:0", &[]).await;

    let door = chat_tests::Door::mounted(server.address.parse().expect("an address"), "");
    let body =
        json!({"username": "ann", "email": "ann@example.org", "password": "correct horse battery"});
    let refused = door.call("POST", "/auth/register", Some(body)).await;

    assert_eq!(refused.problem(), (403, "forbidden"));
}

#[tokio::test]
async fn an_unknown_key_is_refused_wherever_it_comes_from() {
    let home = Home::new();
    let path = write(&home, "bad.toml", "heartbeat = 3\n");

    let of_file = home.run(&["config", "show", "--config", &path]).await;
    let mut command = home.chat(&["config", "show"]);
    let of_environment = Process::start(command.env("CHAT_LIMITS__MEMBRES", "3"))
        .ended()
        .await;
    let of_kubernetes = Process::start(
        home.chat(&["config", "show"])
            .env("CHAT_PORT_8000_TCP", "x"),
    )
    .ended()
    .await;

    assert_eq!(
        of_file.failed(2),
        format!("error: heartbeat from file {path} is no setting; did you mean heartbeat_ms?")
    );
    let said = of_environment.failed(2);
    assert!(
        said.contains("environment CHAT_LIMITS__MEMBRES") && said.contains("limits.members"),
        "{said}"
    );
    of_kubernetes.ok();
}

#[tokio::test]
async fn one_setting_is_shown_by_its_key_and_some_by_what_they_begin_with() {
    let home = Home::new();
    let show = async |key: &'static str| home.run(&["config", "show", key]).await;

    let one = show("limits.members").await.json();
    let some = show("limits").await.json();
    let none = show("limits.membres").await;

    assert_eq!((one.len(), &one[0]["key"]), (1, &json!("limits.members")));
    let is_limit = |line: &Value| {
        let key = line["key"].as_str().unwrap_or_default();
        key.starts_with("limits.")
    };
    assert!(some.len() > 5 && some.iter().all(is_limit), "{some:?}");
    let said = none.failed(2);
    assert!(said.contains("did you mean limits.members?"), "{said}");
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_told_what_would() {
    let home = Home::new();
    for (setting, rule) in [
        (
            "listen=localhost:8000",
            "must be an address and a port: 127.0.0.1:8000",
        ),
        ("limits.members=many", "must be a whole number"),
        ("durability=some", "must be one of "),
    ] {
        let ended = home.run(&["config", "show", "--set", setting]).await;
        let said = ended.failed(2);
        let key = setting.split('=').next().unwrap_or_default();
        let place = format!("{key} from flag --set {key}: {rule}");
        assert!(said.contains(&place) && !said.contains('`'), "{said}");
    }
}
