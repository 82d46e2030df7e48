//! What a peer hears that is still sending, and how long it is waited for.

use super::*;
use crate::clock::StandingTime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    net::{TcpListener, TcpStream},
};

/// Both ends of a connection, the one that lingers first.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (here, there) = tokio::join!(listener.accept(), TcpStream::connect(address));
    (here.unwrap().0, there.unwrap())
}

fn sending(stream: DuplexStream) -> Lingering<DuplexStream> {
    let may_send = MaySend::default();
    may_send.note();
    Lingering::new(stream, may_send)
}

#[tokio::test]
async fn a_peer_that_still_sends_hears_the_answer() {
    // However slow the machine is, the peer is neither silent nor too long about it.
    let _time = StandingTime::begin();
    let (here, mut there) = pair().await;
    there.write_all(&[7; 100_000]).await.unwrap();
    let ended = tokio::spawn(async move {
        let mut here = Lingering::new(here, MaySend::default());
        here.write_all(b"no").await.unwrap();
        here.shutdown().await.unwrap();
    });

    // More than the system takes in for somebody who does not listen.
    let mut heard = String::new();
    there.write_all(&vec![7; 32 << 20]).await.unwrap();
    there.read_to_string(&mut heard).await.unwrap();
    drop(there);

    assert_eq!(heard, "no");
    ended.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_owes_nothing_is_not_waited_for() {
    let (here, _there) = duplex(10);
    let began = Instant::now();

    let mut here = Lingering::new(here, MaySend::default());
    here.shutdown().await.unwrap();

    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_waited_for_a_moment() {
    let (here, _there) = duplex(10);
    let began = Instant::now();

    sending(here).shutdown().await.unwrap();

    assert_eq!(began.elapsed(), SILENCE);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_ends_is_heard_for_a_while() {
    let (here, mut there) = duplex(10);
    tokio::spawn(async move {
        while there.write_all(b"more").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let began = Instant::now();

    sending(here).shutdown().await.unwrap();

    assert_eq!(began.elapsed(), MOST);
}
