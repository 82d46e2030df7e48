//! Files that go up in parts, to a real server: whatever breaks, they get there once, and go on from where they were.

use crate::kit::{self, Far, Net, hall};
use async_trait::async_trait;
use chat_client::{
    Client, ConversationHandle, Error, FileContent, HttpAnswer, HttpBody, HttpCall, HttpFile,
    MemoryDisk, NetTransport, NewMessage, SavedSession, Socket, SocketRequest, Transport, Update,
    UploadProgress,
    test_kit::{DEADLINE, Fault, Faults, Program, TestServer, body, knows, online},
};
use chat_core::{Attachment, ClientId, ConversationId, ListAttachments, Method};
use futures_util::{StreamExt, future::join_all};
use std::{
    fs::File,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use tempfile::TempDir;
use tokio::{sync::Semaphore, time::timeout};

/// A file that does not go at once.
const LENGTH: usize = 700_000;

fn content(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|at| ((at * 31) >> 5) as u8)
        .collect()
}

fn file(dir: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join("map.bin");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A way to the server on which the end of a part waits, and of which it is known what went over it.
#[derive(Clone)]
struct Way {
    net: NetTransport,
    /// Ends of parts that may go on.
    leave: Arc<Semaphore>,
    /// What was called: the method, and what stands behind the path.
    calls: Arc<Mutex<Vec<(Method, String)>>>,
}

impl Way {
    fn new(leaves: usize) -> Self {
        Self {
            net: NetTransport::new().unwrap(),
            leave: Arc::new(Semaphore::new(leaves)),
            calls: Arc::default(),
        }
    }

    /// The offsets at which parts began.
    fn offsets(&self) -> Vec<u64> {
        let calls = self.calls.lock().unwrap();
        let parts = calls.iter().filter(|(method, _)| *method == Method::Patch);
        let offset = |query: &String| query.strip_prefix("offset=").unwrap().parse().unwrap();
        parts.map(|(_, query)| offset(query)).collect()
    }

    fn dropped(&self) -> usize {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .filter(|(method, _)| *method == Method::Delete)
            .count()
    }
}

#[async_trait]
impl Transport for Way {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        if call.url.path().contains("/uploads") {
            let query = call.url.query().unwrap_or_default().to_owned();
            self.calls.lock().unwrap().push((call.method, query));
        }
        let body = match call.body {
            HttpBody::File { mime_type, content } => {
                let (leave, length) = (self.leave.clone(), content.length().unwrap());
                let content = FileContent::stream(Some(length), move || {
                    let (leave, mut passed) = (leave.clone(), 0);
                    content.open().then(move |piece| {
                        passed += piece.as_ref().map_or(0, |bytes| bytes.len() as u64);
                        let (leave, is_last) = (leave.clone(), passed == length);
                        async move {
                            if is_last {
                                leave.acquire().await.unwrap().forget();
                            }
                            piece
                        }
                    })
                });
                HttpBody::File { mime_type, content }
            }
            body => body,
        };
        self.net.call(HttpCall { body, ..call }).await
    }

    async fn fetch(&self, call: HttpCall) -> Result<HttpFile, Error> {
        self.net.fetch(call).await
    }

    async fn connect(&self, request: SocketRequest) -> Result<Socket, Error> {
        self.net.connect(request).await
    }
}

async fn over(server: &TestServer, way: impl Transport) -> (Client, ConversationId) {
    let client = Client::builder(server.url())
        .session(server.session("ann").await)
        .transport(way)
        .build()
        .unwrap();
    online(&client).await;
    let group = server.group(&[&client]).await;
    knows(&client, "the group is there", |state| {
        state.conversation(group).map(drop)
    })
    .await;
    (client, group)
}

/// What a message in the group has with it, once there is one.
async fn shown(client: &Client, group: ConversationId) -> Attachment {
    knows(client, "the file is shown", |state| {
        let mut messages = state.conversation(group)?.messages();
        messages.find_map(|message| message.extras.attachments.first().cloned())
    })
    .await
}

async fn bytes_of(client: &Client, file: &Attachment) -> Vec<u8> {
    let download = client.download(file.id, ..).await.unwrap();
    download.bytes(usize::MAX).await.unwrap()
}

/// Files that are in no message.
async fn loose(client: &Client) -> usize {
    let list = ListAttachments {
        limit: None,
        cursor: None,
    };
    client.call(list).await.unwrap().items.len()
}

/// Waits until all bytes have gone out but for the end that is held.
async fn all_sent(client: &Client, here: &ConversationHandle, key: &ClientId) -> UploadProgress {
    let mut updates = client.updates();
    let sent = async {
        loop {
            let progress = here.upload_progress(key);
            if let Some(progress) = progress.filter(|now| now.sent == now.total && now.total > 0) {
                return progress;
            }
            while !matches!(updates.next().await.unwrap(), Update::Conversation(_)) {}
        }
    };
    timeout(DEADLINE, sent).await.expect("all of it goes out")
}

#[tokio::test]
async fn an_upload_tells_of_every_byte_and_is_taken_back_under_way() {
    let (server, dir, way) = (
        TestServer::start().await,
        TempDir::new().unwrap(),
        Way::new(0),
    );
    let (ann, group) = over(&server, way.clone()).await;
    let here = ann.conversation(group);
    let path = file(&dir, &content(LENGTH));
    let first = here.upload(&path, "map.bin", "text/plain");
    let told = all_sent(&ann, &here, first.key()).await;

    assert!(here.discard(first.key()).is_some());
    let second = here.upload(&path, "map.bin", "text/plain");
    all_sent(&ann, &here, second.key()).await;
    way.leave.add_permits(1);
    second.done().await.unwrap();

    let dropped = async {
        while way.dropped() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, dropped)
        .await
        .expect("the server hears of it");
    assert_eq!((told.sent, told.total), (LENGTH as u64, LENGTH as u64));
    assert_eq!(here.upload_progress(first.key()), None);
    assert_eq!(loose(&ann).await, 1, "only the second is stored");
}

#[tokio::test]
async fn an_upload_that_waits_is_taken_back_at_the_server_too() {
    let (server, dir, way) = (
        TestServer::start().await,
        TempDir::new().unwrap(),
        Way::new(0),
    );
    let (ann, group) = over(&server, way.clone()).await;
    let here = ann.conversation(group);
    let path = file(&dir, &content(LENGTH));
    let upload = here.upload(&path, "map.bin", "text/plain");
    all_sent(&ann, &here, upload.key()).await;
    ann.disconnect().await;
    assert_eq!(here.upload_progress(upload.key()), None, "it waits");

    assert!(here.discard(upload.key()).is_some());
    assert_eq!(way.dropped(), 0);
    online(&ann).await;

    let dropped = async {
        while way.dropped() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, dropped).await.expect("it hears of it");
    online(&ann).await;
    assert_eq!(way.dropped(), 1, "once");
}

#[tokio::test]
async fn an_upload_goes_on_in_another_life_from_the_byte_that_the_server_has() {
    let (server, dir, disk) = (
        TestServer::start().await,
        TempDir::new().unwrap(),
        MemoryDisk::default(),
    );
    // The first part is answered; the second one is under way.
    let (way, faults, session) = (Way::new(1), Faults::default(), server.session("ann").await);
    let (program, bytes) = (faults.program(), content(6_000_000));
    let path = file(&dir, &bytes);
    let ann = opened(
        &server,
        program.transport(way.clone()),
        &program,
        &session,
        &disk,
    )
    .await;
    let group = server.group(&[&ann]).await;
    knows(&ann, "the group is there", |state| {
        state.conversation(group).map(drop)
    })
    .await;
    let here = ann.conversation(group);
    let upload = here.upload(&path, "map.bin", "text/plain");
    here.send(NewMessage::text(body("look")).attach_queued(upload.key().clone()));
    all_sent(&ann, &here, upload.key()).await;

    program.kill();
    drop((ann, here, upload));
    let (way, program) = (Way::new(1_000), faults.program());
    let ann = opened(
        &server,
        program.transport(way.clone()),
        &program,
        &session,
        &disk,
    )
    .await;

    let stored = shown(&ann, group).await;
    assert!(bytes_of(&ann, &stored).await == bytes);
    let first = way.offsets().first().copied();
    assert!(first.is_some_and(|at| at >= 4 << 20), "{first:?}");
}

#[tokio::test]
async fn a_file_that_is_written_to_while_it_is_sent_is_stored_as_it_is_then() {
    let (server, dir, way) = (
        TestServer::start().await,
        TempDir::new().unwrap(),
        Way::new(0),
    );
    let (ann, group) = over(&server, way.clone()).await;
    let here = ann.conversation(group);
    let path = file(&dir, &content(LENGTH));
    let upload = here.upload(&path, "map.bin", "text/plain");
    here.send(NewMessage::text(body("look")).attach_queued(upload.key().clone()));
    all_sent(&ann, &here, upload.key()).await;

    let new: Vec<u8> = content(LENGTH).into_iter().rev().collect();
    std::fs::write(&path, &new).unwrap();
    // A file system whose times are coarse may have written both at one.
    let open = File::options().write(true).open(&path).unwrap();
    let later = SystemTime::now() + Duration::from_secs(1);
    open.set_modified(later).unwrap();
    way.leave.add_permits(1_000);

    let stored = shown(&ann, group).await;
    assert!(bytes_of(&ann, &stored).await == new);
    assert_eq!(loose(&ann).await, 0, "the mixture is gone");
}

/// A program on a disk that may die.
async fn opened(
    server: &TestServer,
    way: impl Transport,
    program: &Program,
    session: &SavedSession,
    disk: &MemoryDisk,
) -> Client {
    let builder = Client::builder(server.url()).session(session.clone());
    let builder = builder.transport(way).store(program.store(disk.clone()));
    let client = builder.open().await.unwrap();
    client.start();
    client
}

/// Sends a file while something goes wrong at a step, in two lives where it is the program that dies. How many steps there
/// were.
async fn sent_with(server: &TestServer, fault: Option<(usize, Fault)>) -> usize {
    let name = fault.map_or("ann".to_owned(), |(step, fault)| {
        format!("{fault:?}{step}").to_lowercase()
    });
    let (dir, disk, faults) = (
        TempDir::new().unwrap(),
        MemoryDisk::default(),
        Faults::planned(fault),
    );
    let maker = server.client(&name).await;
    online(&maker).await;
    let (group, session) = (server.group(&[&maker]).await, server.session(&name).await);
    let bytes = [content(LENGTH), name.clone().into_bytes()].concat();
    let path = file(&dir, &bytes);
    let mut is_promised = false;
    for life in 0..2 {
        let program = faults.program();
        let way = program.transport(NetTransport::new().unwrap());
        let lived = async {
            let client = opened(server, way, &program, &session, &disk).await;
            if life == 0 {
                knows(&client, "the group is there", |state| {
                    state.conversation(group).map(drop)
                })
                .await;
                let here = client.conversation(group);
                let upload = here.upload(&path, "map.bin", "text/plain");
                let message = NewMessage::text(body("look")).attach_queued(upload.key().clone());
                here.send(message).kept().await.unwrap();
            }
            is_promised = true;
            let stored = shown(&client, group).await;
            assert!(bytes_of(&maker, &stored).await == bytes, "{name}");
        };
        tokio::select! {
            () = lived => break,
            () = program.killed() => {}
        }
        if !is_promised {
            // What was not on the disk was promised to nobody.
            break;
        }
    }
    assert_eq!(loose(&maker).await, 0, "{name}: nothing is stored twice");
    faults.steps()
}

#[tokio::test]
async fn a_file_gets_there_once_whatever_breaks() {
    let server = TestServer::start().await;
    let steps = sent_with(&server, None).await;
    let faults = (0..steps).flat_map(|step| [(step, Fault::Cut), (step, Fault::Kill)]);
    let faults: Vec<_> = faults.collect();

    for some in faults.chunks(8) {
        join_all(some.iter().map(|fault| sent_with(&server, Some(*fault)))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_knows_no_parts_gets_a_large_file_whole_and_once() {
    let (net, mut opened) = Net::new();
    let client = kit::client(&net);
    let dir = TempDir::new().unwrap();
    let path = file(&dir, &content(5_000_000));
    client.start();
    let _far = Far::accept(&mut opened).await;

    let here = client.conversation(hall());
    here.upload(&path, "map.bin", "text/plain")
        .done()
        .await
        .unwrap();

    let world = net.world();
    assert_eq!((world.files.len(), world.files[0].1.len()), (1, 5_000_000));
    assert!(world.once[0].is_some());
}
