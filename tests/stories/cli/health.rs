//! `chat health`: what a container asks before it is sent anybody.

use super::serve;
use chat_tests::{Certificate, Ended, Home, until};

/// Asks until the server is called ready: on a machine that stands still, one that is well answers late.
pub(super) async fn ready(home: &Home, words: &[&str]) -> Ended {
    let late = i32::from(chat_core::Code::Unavailable.exit_code());
    let asked = async || match home.run(words).await {
        ended if ended.code == Some(late) => Err(format!("{ended:?}")),
        ended => Ok(ended),
    };
    until("the server is ready", asked).await
}

#[tokio::test]
async fn a_server_that_is_ready_is_told_by_the_exit_code() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;

    let by_settings = ready(&home, &["health", "--listen", &server.address]).await;
    let by_url = ready(&home, &["health", "--server", &server.url()]).await;

    for ended in [by_settings, by_url] {
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(0), ""),
            "{ended:?}"
        );
        assert!(ended.stderr.contains("is ready"), "{ended:?}");
    }
}

#[tokio::test]
async fn a_server_with_a_certificate_for_its_public_name_is_asked_at_its_own_address() {
    let home = Home::new();
    let files = Certificate::new();
    let (certificate, key) = (files.certificate(), files.key());
    let tls = [
        "--tls-certificate",
        certificate.to_str().expect("UTF-8"),
        "--tls-key",
        key.to_str().expect("UTF-8"),
    ];
    let server = home.serve("127.0.0.1:0", &tls).await;

    let ask = [&["health", "--listen", server.address.as_str()], &tls[..]].concat();
    let ended = ready(&home, &ask).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let address = server.address.clone();
    server.process.terminate().await;

    // That nobody is there is known at once, but for a machine that stands still.
    let asked = async || match home.run(&["health", "--listen", &address]).await {
        late if late.stderr.contains("no answer within") => Err(format!("{late:?}")),
        ended => Ok(ended),
    };
    let ended = until("it is known", asked).await;

    let unavailable = chat_core::Code::Unavailable.exit_code();
    assert_eq!(ended.code, Some(i32::from(unavailable)), "{ended:?}");
    assert!(ended.stderr.contains("is it running"), "{ended:?}");
}

#[tokio::test]
async fn a_path_below_which_nothing_is_does_not_pass_for_a_server() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let there = format!("{}/moon", server.url().trim_end_matches('/'));

    let ended = home.run(&["health", "--server", &there]).await;

    assert_eq!(ended.code, Some(7), "{ended:?}");
    assert!(ended.stderr.contains("/moon"), "{ended:?}");
    assert!(!ended.stderr.contains("is ready"), "{ended:?}");
}
