//! Files: sending them, reading them, and making pictures and sounds out of nothing.

use crate::{Answer, Door, Person, Traffic, within};
use chat_core::Attachment;
use reqwest::{Client, Method, header::HeaderMap};
use serde_json::Value;

/// An answer that is a file.
#[derive(Debug, Clone)]
pub struct FileAnswer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl FileAnswer {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// The same as an answer of JSON.
    pub fn json(self) -> Answer {
        Answer {
            status: self.status,
            headers: self.headers,
            body: serde_json::from_slice(&self.bytes).unwrap_or(Value::Null),
        }
    }
}

impl Door {
    /// Makes a call below `/api/v1` with a body of any kind, or none.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn bytes(
        &self,
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> FileAnswer {
        let url = format!("http://{}{}/api/v1{path}", self.address(), self.prefix());
        let client = Client::builder().no_proxy().build();
        let verb = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = client.expect("a plain client builds").request(verb, url);
        request = request.headers(self.headers().clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = within("a file is answered", request.send()).await;
        let response = response.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = within("the body arrives", response.bytes()).await;
        let answer = FileAnswer {
            status,
            headers,
            bytes: bytes.expect("the whole body").into(),
        };
        let text = String::from_utf8_lossy(&answer.bytes);
        self.traffic().note(Traffic::Answer {
            method,
            path: format!("/api/v1{path}"),
            status,
            kind: Some(answer.header("content-type").to_owned()).filter(|kind| !kind.is_empty()),
            body: serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
        });
        answer
    }
}

impl Person {
    /// Sends a file, with whatever is in the query.
    pub async fn upload(&self, query: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let path = format!("/attachments{query}");
        let sent = self.door.bytes("POST", &path, &[], Some(bytes.into()));
        sent.await.json()
    }

    /// Stores a file under a name.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn file(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Attachment {
        let answer = self.upload(&format!("?file_name={name}"), bytes).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        serde_json::from_value(answer.body).expect("a file")
    }

    /// Reads a file.
    pub async fn fetch(&self, path: &str, headers: &[(&str, &str)]) -> FileAnswer {
        self.door.bytes("GET", path, headers, None).await
    }
}

/// A PNG of one colour, with whatever chunks stand before its pixels.
pub fn png(width: u32, height: u32, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let row = [vec![0], [200, 30, 60].repeat(width as usize)].concat();
    let pixels = row.repeat(height as usize);
    let mut packed = vec![0x78, 0x01];
    let blocks = pixels.len().div_ceil(65_535);
    for (nth, block) in pixels.chunks(65_535).enumerate() {
        let length = block.len() as u16;
        packed.push(u8::from(nth + 1 == blocks));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    packed.extend(adler(&pixels).to_be_bytes());
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    file.extend(chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat()));
    for (kind, data) in chunks {
        file.extend(chunk(kind, data));
    }
    file.extend(chunk(b"IDAT", &packed));
    file.extend(chunk(b"IEND", &[]));
    file
}

/// A PNG that claims to be large, and has no pixels.
pub fn bomb(side: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = [side.to_be_bytes(), side.to_be_bytes()].concat();
    file.extend(chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat()));
    file.extend(chunk(b"IDAT", &[0x78, 0x01]));
    file.extend(chunk(b"IEND", &[]));
    file
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    let checksum = !named.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    });
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], &named, &checksum.to_be_bytes()].concat()
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

/// A second of sound as a WAV file, louder and louder.
pub fn wav() -> Vec<u8> {
    let samples = (0..8_000_i16).map(|at| if at % 2 == 0 { at * 4 } else { -at * 4 });
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let length = data.len() as u32;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8_000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(length.to_le_bytes());
    file.extend(data);
    file
}
