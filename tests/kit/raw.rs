//! Bytes on a connection: what no well-behaved client would send.

use crate::{DEADLINE, Door, within};
use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection, and what came over it.
pub struct RawConnection(TcpStream);

impl RawConnection {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn open(address: SocketAddr) -> Self {
        Self(
            TcpStream::connect(address)
                .await
                .expect("the server listens"),
        )
    }

    /// Connects and opens a socket by hand, up to and with the `ready` frame.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn upgraded(door: &Door) -> Self {
        let mut connection = Self::open(door.address()).await;
        let token = door
            .headers()
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let head = format!(
            "GET /ws HTTP/1.1\r\nHost: chat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: {}\r\n\r\n",
            token.expect("somebody's door")
        );
        connection.write(head.as_bytes()).await;
        let answer = connection.head().await;
        assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
        let (mut opcode, mut ready) = connection.frame().await;
        while opcode == 9 {
            // The first ping has its own time.
            (opcode, ready) = connection.frame().await;
        }
        assert!(opcode == 1 && ready.starts_with(b"{\"type\":\"ready\""));
        connection
    }

    /// Writes bytes. That the other end is gone already is no error here.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = within("bytes are written", self.0.write_all(bytes)).await;
    }

    /// Writes bytes, all of which the other end takes.
    ///
    /// # Panics
    /// When it does not.
    pub async fn write_whole(&mut self, bytes: &[u8]) {
        let written = within("everything is taken", self.0.write_all(bytes)).await;
        written.expect("the other end listens to the end");
    }

    /// An answer: its head, and its body, which has a length.
    ///
    /// # Panics
    /// When the connection ends before it.
    pub async fn answer(&mut self) -> String {
        let head = self.head().await.to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().expect("a number"));
        let mut body = vec![0; length];
        let read = within("the body comes", self.0.read_exact(&mut body)).await;
        read.expect("the connection is open");
        // In small letters but for the protocol.
        head.replacen("http", "HTTP", 1) + &String::from_utf8_lossy(&body)
    }

    /// Writes a frame as a client must: masked (by zeros). The first byte is FIN, the reserved bits and the opcode.
    pub async fn write_frame(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match u16::try_from(payload.len()) {
            Ok(length @ 0..=125) => frame.push(0x80 | length as u8),
            Ok(length) => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&length.to_be_bytes());
            }
            Err(_) => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(payload);
        self.write(&frame).await;
    }

    /// The head of an answer, with the empty line behind it.
    ///
    /// # Panics
    /// When the connection ends before it.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte().await);
        }
        String::from_utf8_lossy(&head).into_owned()
    }

    /// Everything until the other end closes. What came before a reset counts.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A reset ends it just as well.
        let _ = within("the connection is closed", self.0.read_to_end(&mut bytes)).await;
        bytes
    }

    /// The same as text.
    pub async fn rest_text(&mut self) -> String {
        String::from_utf8_lossy(&self.rest().await).into_owned()
    }

    /// The next frame: opcode and payload.
    ///
    /// # Panics
    /// When the connection ends before it.
    pub async fn frame(&mut self) -> (u8, Vec<u8>) {
        let frame = within("a frame comes", self.try_frame()).await;
        frame.expect("the connection is open")
    }

    /// The code of the closing frame, 1006 for a connection that just ends, 0 for one that stays open. Frames before it
    /// are passed over.
    pub async fn closing_code(&mut self) -> u16 {
        let closing = async {
            loop {
                match self.try_frame().await {
                    Ok((8, payload)) => {
                        return payload
                            .first_chunk()
                            .map_or(1005, |code| u16::from_be_bytes(*code));
                    }
                    Ok(_) => {}
                    Err(_) => return 1006,
                }
            }
        };
        tokio::time::timeout(DEADLINE, closing).await.unwrap_or(0)
    }

    async fn byte(&mut self) -> u8 {
        let byte = within("a byte comes", self.0.read_u8()).await;
        byte.expect("the connection is open")
    }

    async fn try_frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let opcode = self.0.read_u8().await? & 0x0f;
        let length = match self.0.read_u8().await? {
            126 => u64::from(self.0.read_u16().await?),
            127 => self.0.read_u64().await?,
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).expect("a frame fits")];
        self.0.read_exact(&mut payload).await?;
        Ok((opcode, payload))
    }
}
