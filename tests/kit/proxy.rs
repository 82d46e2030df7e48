//! A way to Redis or PostgreSQL that can be bad: it cuts and holds everything back; of Redis it drops, doubles, reorders and
//! garbles what that says by itself, of PostgreSQL it loses the answers to commits.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// How the way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// Good.
    #[default]
    Open,
    /// There is none: connections break, new ones are refused.
    Cut,
    /// Connections stay open, and nothing comes through.
    Held,
    /// Messages between processes are lost without a word.
    Deaf,
    /// Every message between processes comes twice.
    Doubled,
    /// Of each two messages between processes, the later comes first.
    Reordered,
    /// Messages between processes come as something else: a letter is another one, or a place, or what it is about.
    Garbled,
    /// A connection breaks when it has carried a commit: whether that was done is not known.
    WithoutCommits,
}

/// A proxy before a server.
pub struct Proxy {
    port: u16,
    way: watch::Sender<Way>,
    dropped: Arc<Mutex<u64>>,
    accepts: JoinHandle<()>,
}

/// What is spoken on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    Redis,
    Postgres,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}

impl Proxy {
    /// Starts one before the Redis on a port.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn to_redis(port: u16) -> Self {
        Self::start(port, Speech::Redis).await
    }

    /// Starts one before the PostgreSQL on a port.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn to_postgres(port: u16) -> Self {
        Self::start(port, Speech::Postgres).await
    }

    async fn start(server: u16, speech: Speech) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let way = watch::Sender::new(Way::Open);
        let dropped = Arc::new(Mutex::new(0));
        let (ways, count) = (way.clone(), dropped.clone());
        let accepts = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if *ways.borrow() != Way::Cut {
                    let way = ways.subscribe();
                    tokio::spawn(join(stream, server, speech, way, count.clone()));
                }
            }
        });
        Self {
            port,
            way,
            dropped,
            accepts,
        }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the way is like this.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// Messages between processes, or answers to commits, that were lost or garbled here.
    pub fn dropped(&self) -> u64 {
        *self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn join(
    client: TcpStream,
    server: u16,
    speech: Speech,
    ways: watch::Receiver<Way>,
    dropped: Arc<Mutex<u64>>,
) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let answers = async {
        match speech {
            Speech::Redis => says(from_server, to_client, ways.clone(), dropped.clone()).await,
            Speech::Postgres => carry(from_server, to_client, ways.clone(), |_| false).await,
        }
    };
    let is_commit = |bytes: &[u8]| {
        // What is asked for without parameters: a word and a zero.
        let is_one = bytes.windows(7).any(|seen| seen == b"COMMIT\0");
        *dropped.lock().unwrap_or_else(PoisonError::into_inner) += u64::from(is_one);
        is_one
    };
    let mut cut = ways.clone();
    tokio::select! {
        () = carry(from_client, to_server, ways.clone(), is_commit) => {}
        () = answers => {}
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
    }
}

/// Waits until something may come through.
async fn passable(ways: &mut watch::Receiver<Way>) {
    // The proxy is there for as long as its connections.
    let _ = ways.wait_for(|way| *way != Way::Held).await;
}

/// Carries what comes, as it is; on a way without commits, up to the first.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut ways: watch::Receiver<Way>,
    is_commit: impl Fn(&[u8]) -> bool,
) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        passable(&mut ways).await;
        let is_last = *ways.borrow() == Way::WithoutCommits && is_commit(&bytes[..count]);
        if to.write_all(&bytes[..count]).await.is_err() || is_last {
            return;
        }
    }
}

/// Carries what Redis says, value by value.
async fn says(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut ways: watch::Receiver<Way>,
    dropped: Arc<Mutex<u64>>,
) {
    let (mut waiting, mut bytes) = (Vec::new(), [0; 16 * 1024]);
    let mut kept: Option<Vec<u8>> = None;
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        waiting.extend_from_slice(&bytes[..count]);
        while let Some(end) = value_end(&waiting) {
            let value: Vec<u8> = waiting.drain(..end).collect();
            passable(&mut ways).await;
            let way = *ways.borrow();
            let out = match (is_message(&value), way) {
                (true, Way::Deaf) => {
                    *dropped.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                    continue;
                }
                (true, Way::Doubled) => [value.clone(), value].concat(),
                (true, Way::Reordered) => match kept.take() {
                    None => {
                        kept = Some(value);
                        continue;
                    }
                    Some(earlier) => [value, earlier].concat(),
                },
                (true, Way::Garbled) => {
                    let mut count = dropped.lock().unwrap_or_else(PoisonError::into_inner);
                    *count += 1;
                    garbled(value, *count)
                }
                _ => value,
            };
            if to.write_all(&out).await.is_err() {
                return;
            }
        }
    }
}

fn is_message(value: &[u8]) -> bool {
    value.starts_with(b">3\r\n$8\r\nsmessage\r\n")
}

/// Bytes before the one that says what a message between processes is about: its version, and who sent it.
const BEFORE_KIND: usize = 1 + 8;

/// A message with something else in it, and as long as it was.
fn garbled(mut value: Vec<u8>, nth: u64) -> Vec<u8> {
    let mut at = b">3\r\n".len();
    for _name_and_channel in 0..2 {
        at += value_end(&value[at..]).expect("it is whole");
    }
    let line = value[at..].iter().position(|byte| *byte == b'\n');
    let said = at + line.expect("it is whole") + 1;
    match nth % 3 {
        0 => value[said + BEFORE_KIND] = 200,
        1 => {
            let place = value.windows(6).position(|seen| seen == b"\"seq\":");
            let digits = value[place.map_or(said, |place| place + 6)..].iter_mut();
            digits
                .take_while(|byte| byte.is_ascii_digit())
                .for_each(|digit| *digit = b'9');
        }
        _ => {
            let letters = value[said..].iter_mut().rev();
            let mut letters = letters.filter(|byte| byte.is_ascii_alphabetic());
            // Behind the middle are texts and names.
            if let Some(letter) = letters.nth(60) {
                *letter ^= 0x20;
            }
        }
    }
    value
}

/// Where the first whole value of RESP3 ends; none before all of it is there.
fn value_end(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let number = || {
        let text = std::str::from_utf8(&bytes[1..line - 2]).ok()?;
        text.parse::<i64>().ok()
    };
    let parts = match bytes[0] {
        b'$' | b'=' | b'!' => {
            let end = match number()? {
                0.. => line + usize::try_from(number()?).ok()? + 2,
                _ => line,
            };
            return (bytes.len() >= end).then_some(end);
        }
        b'*' | b'~' | b'>' => number()?,
        b'%' | b'|' => number()? * 2,
        _ => 0,
    };
    let mut end = line;
    for _ in 0..parts {
        end += value_end(bytes.get(end..)?)?;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_garbled_is_as_long_as_it_was_and_something_else() {
        let said = format!("v12345678k{{\"seq\":12,\"text\":\"{}\"}}", "a".repeat(80));
        let start = ">3\r\n$8\r\nsmessage\r\n$1\r\nc\r\n";
        let value = format!("{start}${}\r\n{said}\r\n", said.len()).into_bytes();

        for nth in 0..3 {
            let garbled = garbled(value.clone(), nth);

            assert_ne!(garbled, value);
            assert_eq!(value_end(&garbled), Some(value.len()));
        }
    }

    #[test]
    fn a_value_ends_where_it_ends() {
        for value in [
            "+OK\r\n",
            "$5\r\nhello\r\n",
            "$-1\r\n",
            "_\r\n",
            ">3\r\n$8\r\nsmessage\r\n$1\r\na\r\n$4\r\n\r\n\r\n\r\n",
            "*2\r\n:1\r\n%1\r\n+a\r\n*0\r\n",
        ] {
            let more = format!("{value}+next\r\n");

            assert_eq!(value_end(more.as_bytes()), Some(value.len()), "{value:?}");
            for cut in 0..value.len() {
                assert_eq!(value_end(&value.as_bytes()[..cut]), None, "{value:?} {cut}");
            }
        }
    }
}
