//! A line to a server that is bad: each connection stands still for a second before the first answer, or a frame with a
//! message does not come once but twice, or not at all.

use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What is wrong with it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    /// The first answer of each connection comes a second late.
    Stands,
    /// The message with this place comes so often.
    Repeats { seq: u64, times: usize },
}

impl Line {
    /// Where the server is reached over it, for as long as the runtime.
    pub(super) async fn to(self, server: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                let (mut asks, to_client) = client.into_split();
                let (answers, mut to_server) = server.into_split();
                tokio::spawn(async move { copy(&mut asks, &mut to_server).await });
                tokio::spawn(self.carry(answers, to_client));
            }
        });
        format!("http://{address}")
    }

    async fn carry(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let (mut waiting, mut is_first, mut is_socket) = (Vec::new(), true, false);
        while let Ok(1..) = from.read_buf(&mut waiting).await {
            if let (true, Self::Stands) = (is_first, self) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            is_first = false;
            let mut out = Vec::new();
            while let Some(end) = end_of(&waiting, is_socket) {
                let whole: Vec<u8> = waiting.drain(..end).collect();
                is_socket |= whole.starts_with(b"HTTP/1.1 101");
                out.extend(whole.repeat(self.times(&whole)));
            }
            if to.write_all(&out).await.is_err() {
                return;
            }
        }
    }

    /// How often what a server says comes out at the other end.
    fn times(self, said: &[u8]) -> usize {
        let said = String::from_utf8_lossy(said);
        match self {
            Self::Repeats { seq, times }
                if said.contains("{\"type\":\"message.new\"")
                    && said.contains(&format!("\"seq\":{seq},")) =>
            {
                times
            }
            _ => 1,
        }
    }
}

/// Where the first frame ends, or the head of an answer that makes a socket of it, or all that is there.
fn end_of(bytes: &[u8], is_socket: bool) -> Option<usize> {
    if !is_socket {
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n");
        return match bytes.starts_with(b"HTTP/1.1 101") {
            true => head.map(|at| at + 4),
            false => Some(bytes.len()).filter(|length| *length > 0),
        };
    }
    let short = usize::from(bytes.get(1)? & 0x7f);
    let (head, length) = match short {
        126 => (4, bytes.get(2..4)?.iter().fold(0, more)),
        127 => (10, bytes.get(2..10)?.iter().fold(0, more)),
        _ => (2, short),
    };
    Some(head + length).filter(|end| *end <= bytes.len())
}

fn more(length: usize, byte: &u8) -> usize {
    (length << 8) | usize::from(*byte)
}
