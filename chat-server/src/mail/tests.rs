//! Tests of the queue and of what happens to mails, against mail servers that behave in every way. Those here speak no
//! TLS; the tests through the public door have one that does.

use super::*;
use crate::SystemClock;
use chat_core::Secret;
use std::sync::Mutex;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What a mail server does with one connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Take,
    Refuse,
    Defer,
    CutOff,
    Silent,
}

/// A mail server on this machine.
struct Peer {
    port: u16,
    /// The lines that it was told, for each connection.
    told: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Peer {
    /// Acts like this on one connection after the other, and takes what comes after them.
    async fn start(acts: &'static [Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = told.clone();
        tokio::spawn(async move {
            for nth in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let act = acts.get(nth).copied().unwrap_or(Act::Take);
                telling.lock().unwrap().push(Vec::new());
                let telling = telling.clone();
                tokio::spawn(async move { play(stream, act, &telling, nth).await.unwrap_or(()) });
            }
        });
        Self { port, told }
    }

    fn told(&self) -> Vec<Vec<String>> {
        self.told.lock().unwrap().clone()
    }
}

async fn play(
    stream: TcpStream,
    act: Act,
    told: &Mutex<Vec<Vec<String>>>,
    nth: usize,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    if act == Act::Silent {
        std::future::pending::<()>().await;
    }
    stream.write_all(b"220 here\r\n").await?;
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        told.lock().unwrap()[nth].push(line.clone());
        let answer = match (line.get(..4).unwrap_or(&line), act) {
            (".", _) => "250 taken",
            _ if in_data => continue,
            ("RCPT", Act::Refuse) => "550 5.1.1 no such user",
            ("RCPT", Act::Defer) => "451 4.7.1 later",
            ("DATA", Act::CutOff) => return Ok(()),
            ("DATA", _) => "354 go on",
            _ => "250 yes",
        };
        in_data = answer.starts_with("354");
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

fn mailer(config: &MailConfig, patience: Patience) -> Mailer {
    let metrics = Arc::new(Metrics::new());
    Mailer::patient(config, Arc::new(SystemClock), metrics, patience).unwrap()
}

fn through(peer: &Peer, query: &str) -> MailConfig {
    MailConfig {
        transport: MailTransport::Smtp,
        smtp: Some(
            format!("smtp://localhost:{}{query}", peer.port)
                .parse()
                .unwrap(),
        ),
        ..MailConfig::default()
    }
}

fn reset() -> Mail {
    let base = "https://chat.example.org".parse().unwrap();
    let to = Email::parse("ann@example.org").unwrap();
    reset_password(&base, to, &Secret::new("t0ken"))
}

/// Sends one mail, waits until it is done with, and says what each connection was told.
async fn sent(acts: &'static [Act], connect: Duration) -> Vec<Vec<String>> {
    let peer = Peer::start(acts).await;
    let patience = Patience { connect, ..HURRIED };
    let mailer = mailer(&through(&peer, "?tls=none"), patience);
    mailer.post(reset()).unwrap();
    done(&mailer).await;
    peer.told()
}

/// Whatever must happen happens within this time.
const DEADLINE: Duration = Duration::from_secs(60);

/// Tries again at once, and gives no try up because the machine is slow.
const HURRIED: Patience = Patience {
    connect: DEADLINE,
    send: DEADLINE,
    pauses: [Duration::from_millis(10), Duration::from_millis(20)],
};

/// Drains it, and waits for what a slow machine has not done by the end of that.
async fn done(mailer: &Mailer) {
    mailer.drain().await;
    timeout(DEADLINE, mailer.task.wait()).await.unwrap();
}

fn head<'a>(told: &'a [String], name: &str) -> &'a str {
    told.iter()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_default()
}

#[tokio::test]
async fn a_mail_arrives_with_all_that_a_mail_needs() {
    let told = sent(&[], HURRIED.connect).await.remove(0);

    assert_eq!(told[1], "MAIL FROM:<chat@localhost>");
    assert_eq!(told[2], "RCPT TO:<ann@example.org>");
    assert_eq!(head(&told, "To: "), "ann@example.org");
    assert_eq!(head(&told, "Subject: "), "Set a new password");
    assert_eq!(head(&told, "Auto-Submitted: "), "auto-generated");
    assert_eq!(head(&told, "Content-Transfer-Encoding: "), "7bit");
    assert!(head(&told, "Message-ID: ").ends_with("@localhost>"));
    assert!(head(&told, "Date: ").ends_with("+0000"));
    let link = "https://chat.example.org/reset#token=t0ken";
    assert!(told.iter().any(|line| line == link), "{told:#?}");
}

#[tokio::test]
async fn a_mail_that_was_cut_off_or_put_off_is_tried_again_as_the_same_mail() {
    let told = sent(&[Act::Defer, Act::CutOff], HURRIED.connect).await;

    assert_eq!(told.len(), 3, "{told:#?}");
    assert_eq!(told[1].last().unwrap(), "DATA");
    assert!(told[2].iter().any(|line| line == "."), "{told:#?}");
}

#[tokio::test]
async fn a_mail_is_tried_three_times_and_no_more() {
    // The others are connected by then, also where a name is looked up slowly.
    let soon = Duration::from_secs(5);
    let told = sent(&[Act::Defer, Act::Silent, Act::CutOff], soon).await;

    assert_eq!(told.len(), 3, "{told:#?}");
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_tried_again() {
    let told = sent(&[Act::Refuse], HURRIED.connect).await;

    assert_eq!(told.len(), 1, "{told:#?}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_nothing() {
    let peer = Peer::start(&[]).await;
    let mailer = mailer(&through(&peer, ""), HURRIED);

    mailer.post(reset()).unwrap();
    done(&mailer).await;

    let told = peer.told();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0][0].starts_with("EHLO "), "{told:#?}");
    assert!(told[0][1..].iter().all(|line| line == "QUIT"), "{told:#?}");
}

#[tokio::test]
async fn one_server_that_is_silent_holds_up_no_other_mail() {
    let peer = Peer::start(&[Act::Silent]).await;
    let hour = Duration::from_secs(3_600);
    let patient = Patience {
        connect: hour,
        send: hour,
        ..Patience::USUAL
    };
    let mailer = mailer(&through(&peer, "?tls=none"), patient);

    for _ in 0..3 {
        mailer.post(reset()).unwrap();
    }

    let taken = async {
        let taken = |told: &Vec<String>| told.iter().any(|line| line == ".");
        while peer.told().iter().filter(|told| taken(told)).count() < 2 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, taken).await.unwrap();
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let peer = Peer::start(&[]).await;
    let mailer = mailer(&through(&peer, "?tls=none"), HURRIED);
    // Nothing is awaited, so nothing leaves the queue.
    for _ in 0..WAITING_MOST {
        mailer.post(reset()).unwrap();
    }

    let posted = mailer.post(reset()).unwrap_err();
    let place = mailer.place().err().unwrap();

    for error in [posted, place] {
        assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    }
}

#[tokio::test]
async fn at_a_shutdown_what_waits_is_sent_and_nothing_more_is_taken() {
    let peer = Peer::start(&[Act::Defer]).await;
    let slow = Patience {
        pauses: [Duration::from_secs(3_600); 2],
        ..HURRIED
    };
    let mailer = mailer(&through(&peer, "?tls=none"), slow);
    for _ in 0..20 {
        mailer.post(reset()).unwrap();
    }

    done(&mailer).await;

    let taken = |told: &Vec<String>| told.iter().any(|line| line == ".");
    assert_eq!(peer.told().iter().filter(|told| taken(told)).count(), 20);
    assert!(mailer.post(reset()).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn mails_in_files_are_whole_and_for_the_owner_only() {
    use std::{fs, os::unix::fs::PermissionsExt};
    let dir = tempfile::tempdir().unwrap();
    let config = MailConfig {
        transport: MailTransport::File,
        directory: Some(dir.path().join("mails")),
        ..MailConfig::default()
    };
    let mailer = mailer(&config, HURRIED);

    mailer.post(reset()).unwrap();
    done(&mailer).await;

    let files: Vec<_> = fs::read_dir(dir.path().join("mails")).unwrap().collect();
    let path = files[0].as_ref().unwrap().path();
    assert_eq!(
        (files.len(), path.extension().unwrap().to_str()),
        (1, Some("eml"))
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("\r\nhttps://chat.example.org/reset#token=t0ken\r\n"),
        "{text}"
    );
}
