//! Mail as it arrives: the way back to a forgotten password goes through a real mail server, and a bad one holds nobody
//! up.

use chat_core::{Email, NewPassword, UserRole, Username};
use chat_server::{Config, MailTransport, NewUser};
use chat_tests::{Answer, Home, Letter, MailServer, Manners, RawConnection, Server, until};
use serde_json::{Value, json};

const OLD: &str = "correct horse";
const NEW: &str = "another battery staple";

/// A server that sends its mail there.
async fn server(mail: &MailServer) -> Server {
    let set = |config: &mut Config| {
        config.public_url = Some("https://chat.example.org/team".parse().unwrap());
        config.mail.transport = MailTransport::Smtp;
        config.mail.from = "Chat <chat@example.org>".to_owned();
        config.mail.smtp = Some(mail.url().parse().unwrap());
        config.mail.ca_file = Some(mail.ca_file());
    };
    Server::with(set).await
}

/// Ann has an account. She did not register, so no mail is on its way to her.
async fn with_ann(server: &Server) {
    let ann = NewUser {
        username: Username::parse("ann").unwrap(),
        email: Some(Email::parse("ann@example.org").unwrap()),
        password: Some(NewPassword::try_from(OLD.to_owned()).unwrap()),
        display_name: None,
        role: UserRole::User,
    };
    server.host().create_user(ann).await.unwrap();
}

async fn ask(server: &Server, email: &str) -> Answer {
    let asked = json!({"email": email});
    server.post("/auth/password/reset", asked).await
}

async fn confirm(server: &Server, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "new_password": password});
    server.post("/auth/password/reset/confirm", body).await
}

async fn login(server: &Server, password: &str) -> u16 {
    let body = json!({"identifier": "ann", "password": password});
    server.post("/auth/login", body).await.status
}

/// The next mail that sets a password.
async fn reset_letter(mail: &mut MailServer) -> Letter {
    loop {
        let letter = mail.next().await;
        if letter.header("subject") == Some("Set a new password") {
            return letter;
        }
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_with_the_link_in_a_mail() {
    let mut mail = MailServer::start().await;
    let server = server(&mail).await;
    with_ann(&server).await;

    let asked = ask(&server, "Ann@Example.org").await;
    let letter = reset_letter(&mut mail).await;
    let confirmed = confirm(&server, letter.token(), NEW).await;

    assert_eq!((asked.status, confirmed.status), (202, 204));
    assert_eq!(
        (letter.from.as_str(), letter.to.as_slice()),
        ("chat@example.org", &["ann@example.org".to_owned()][..])
    );
    assert_eq!(letter.header("from"), Some("Chat <chat@example.org>"));
    let link = format!(
        "https://chat.example.org/team/reset#token={}",
        letter.token()
    );
    assert_eq!(letter.link(), link);
    assert_eq!(
        (login(&server, OLD).await, login(&server, NEW).await),
        (401, 200)
    );
}

#[tokio::test]
async fn a_link_works_once() {
    let mut mail = MailServer::start().await;
    let server = server(&mail).await;
    with_ann(&server).await;
    ask(&server, "ann@example.org").await.ok();
    let letter = reset_letter(&mut mail).await;

    let first = confirm(&server, letter.token(), NEW).await;
    let second = confirm(&server, letter.token(), "a third password").await;

    assert_eq!(first.status, 204);
    assert!((400..500).contains(&second.status), "{second:?}");
    assert_eq!(login(&server, NEW).await, 200);
}

#[tokio::test]
async fn nobody_learns_from_a_reset_who_has_an_account_and_no_stranger_gets_mail() {
    let mut mail = MailServer::start().await;
    let server = server(&mail).await;
    with_ann(&server).await;

    let stranger = ask(&server, "nobody@example.org").await;
    let ann = ask(&server, "ann@example.org").await;
    reset_letter(&mut mail).await;
    server.stop().await;

    assert_eq!(stranger.without_id(), ann.without_id());
    while let Some(letter) = mail.come_already() {
        assert_eq!(letter.to, ["ann@example.org"]);
    }
}

#[tokio::test]
async fn a_link_does_not_lead_where_a_caller_says_the_server_is() {
    let mut mail = MailServer::start().await;
    let server = server(&mail).await;
    with_ann(&server).await;
    let body = json!({"email": "ann@example.org"}).to_string();
    let request = format!(
        "POST /api/v1/auth/password/reset HTTP/1.1\r\nHost: thief.example.net\r\n\
         X-Forwarded-Host: thief.example.net\r\nForwarded: host=thief.example.net\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );

    let mut caller = RawConnection::open(server.address()).await;
    caller.write(request.as_bytes()).await;
    let answer = caller.rest_text().await;
    let letter = reset_letter(&mut mail).await;

    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert!(!letter.text.contains("thief"), "{}", letter.text);
}

#[tokio::test]
async fn a_mail_that_is_cut_off_or_put_off_arrives_after_all() {
    for manners in [Manners::Drop, Manners::Defer] {
        let mut mail = MailServer::start().await;
        let server = server(&mail).await;
        with_ann(&server).await;
        mail.treat_next(&[manners]);

        ask(&server, "ann@example.org").await.ok();
        let letter = reset_letter(&mut mail).await;

        assert_eq!(confirm(&server, letter.token(), NEW).await.status, 204);
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_is_counted_and_holds_up_no_other() {
    let mut mail = MailServer::start().await;
    let server = server(&mail).await;
    with_ann(&server).await;

    mail.treat_next(&[Manners::Refuse]);
    let refused = ask(&server, "ann@example.org").await;
    mail.met(1).await;
    mail.treat_next(&[Manners::Stall]);
    let stalled = ask(&server, "ann@example.org").await;
    mail.met(2).await;
    let good = ask(&server, "ann@example.org").await;
    reset_letter(&mut mail).await;

    assert_eq!(
        [refused.status, stalled.status, good.status],
        [202, 202, 202]
    );
    until("it is counted", async || {
        let text = server.door.get("/metrics").await.body.to_string();
        let failed = text.lines().flat_map(|line| line.split("\\n")).any(|line| {
            line.starts_with("chat_mails_total") && line.contains("failed") && line.ends_with(" 1")
        });
        failed.then_some(()).ok_or(text)
    })
    .await;
}

#[tokio::test]
async fn without_a_known_authority_the_mail_server_gets_neither_password_nor_mail() {
    let mut mail = MailServer::start().await;
    let url = mail.url();
    let server = Server::with(|config| {
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp = Some(url.parse().unwrap());
    })
    .await;
    with_ann(&server).await;

    let asked = ask(&server, "ann@example.org").await;
    server.stop().await;

    assert_eq!(asked.status, 202);
    assert!(mail.come_already().is_none());
}

#[tokio::test]
async fn mails_waiting_at_a_shutdown_are_sent() {
    let mut mail = MailServer::start().await;
    let server = server(&mail).await;
    with_ann(&server).await;
    ask(&server, "ann@example.org").await.ok();

    server.stop().await;

    let mut subjects = Vec::new();
    while let Some(letter) = mail.come_already() {
        subjects.push(letter.header("subject").unwrap_or_default().to_owned());
    }
    assert!(
        subjects
            .iter()
            .any(|subject| subject == "Set a new password"),
        "{subjects:?}"
    );
}

#[tokio::test]
async fn mails_in_files_can_be_read_by_whoever_develops() {
    let home = Home::new();
    let directory = home.path().join("mails");
    let server = Server::with(|config| {
        config.mail.transport = MailTransport::File;
        config.mail.directory = Some(directory.clone());
    })
    .await;
    with_ann(&server).await;
    let address = server.address();

    ask(&server, "ann@example.org").await.ok();
    server.stop().await;

    let files = std::fs::read_dir(&directory).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let link = format!("http://{address}/reset#token=");
    let found = texts.filter(|text| text.contains(&link));
    assert_eq!(found.count(), 1);
}

#[tokio::test]
async fn a_mailed_link_leads_to_a_page_that_makes_the_call() {
    let mut mail = MailServer::start().await;
    let server = server(&mail).await;
    let ann = json!({"username": "ann", "email": "ann@example.org", "password": OLD});
    server.post("/auth/register", ann).await.ok();

    let letter = mail.next().await;
    let body = json!({"token": letter.token()});
    assert_eq!(open_page(&server, &letter, body).await, 204);
    ask(&server, "ann@example.org").await.ok();
    let letter = reset_letter(&mut mail).await;
    let body = json!({"token": letter.token(), "new_password": NEW});
    assert_eq!(open_page(&server, &letter, body).await, 204);

    assert_eq!(login(&server, NEW).await, 200);
}

/// Does what the page behind a link does: makes the call that it names.
async fn open_page(server: &Server, letter: &Letter, body: Value) -> u16 {
    let link: url::Url = letter.link().parse().unwrap();
    let path = link.path().strip_prefix("/team").unwrap();
    let page = server.door.get(path).await;
    let kind = page.header("content-type");
    assert_eq!(kind, Some("text/html; charset=utf-8"));
    let text = page.body.as_str().unwrap();
    assert!(!text.contains("://"), "it needs nothing from elsewhere");
    let (_, call) = text.split_once("data-call=\"").unwrap();
    let call = format!("/{}", call.split_once('"').unwrap().0);
    let done = server.door.send_text("POST", &call, Some(body.to_string()));
    done.await.status
}

#[tokio::test]
async fn the_password_of_the_mail_server_is_not_shown_with_the_settings() {
    let home = Home::new();
    let setting = "mail.smtp=smtp://user:canary-smtp@mail.example.org";

    let shown = home
        .run(&[
            "config",
            "show",
            "--set",
            setting,
            "--set",
            "mail.transport=smtp",
        ])
        .await
        .ok();
    let wrong = home
        .run(&["config", "show", "--set", &format!("{setting}?tls=none")])
        .await
        .failed(2)
        .to_owned();

    let shown = format!("{shown:?}");
    assert!(
        shown.contains("smtp://user:[secret]@mail.example.org:587"),
        "{shown}"
    );
    assert!(!shown.contains("canary-smtp"), "{shown}");
    assert!(wrong.contains("only for localhost"), "{wrong}");
    assert!(!wrong.contains("canary-smtp"), "{wrong}");
}
