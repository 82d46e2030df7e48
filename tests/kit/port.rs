//! A port that is a story's own from the first moment to the last, also while nobody listens there: a program that was
//! killed finds it free when it starts again.

use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpSocket;

/// A port of 127.0.0.1. It is held by a socket that does not listen: the system gives it to nobody else, who connects is
/// refused, and a program that is told to (and reuses addresses, as all servers do) listens beside it.
pub(crate) struct Port {
    number: u16,
    _held: TcpSocket,
}

impl Port {
    /// One that nobody has.
    ///
    /// # Panics
    /// When there is none left.
    pub(crate) fn new() -> Self {
        let held = TcpSocket::new_v4().expect("a socket");
        held.set_reuseaddr(true).expect("it is a socket");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        held.bind(any).expect("a free port");
        Self {
            number: held.local_addr().expect("it is bound").port(),
            _held: held,
        }
    }

    /// Which it is.
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// It as an address to listen at.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.number)
    }
}
