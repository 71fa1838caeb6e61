//! The way of one replica to the store, which can be slow, silent or cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As it should be.
    Open,
    /// Everything takes so much longer.
    Slow(Duration),
    /// Nothing gets through, and nobody is told.
    Silent,
    /// Connections are ended, and new ones too.
    Cut,
}

/// A way that can be changed while it is used.
pub(crate) struct Link {
    pub(crate) address: SocketAddr,
    state: Arc<watch::Sender<(Way, SocketAddr)>>,
}

impl Link {
    /// An open way to this server.
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(watch::Sender::new((Way::Open, server)));
        tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, state }
    }

    /// Makes it so.
    pub(crate) fn set(&self, way: Way) {
        self.state.send_modify(|(now, _)| *now = way);
    }

    /// Leads it to another server. Connections to the one before are ended.
    pub(crate) fn lead_to(&self, server: SocketAddr) {
        self.state.send_modify(|(_, to)| *to = server);
    }
}

async fn accept(listener: TcpListener, state: Arc<watch::Sender<(Way, SocketAddr)>>) {
    while let Ok((near, _)) = listener.accept().await {
        let (way, server) = *state.borrow();
        if way == Way::Cut {
            continue;
        }
        let Ok(far) = TcpStream::connect(server).await else {
            continue;
        };
        let (near, far) = (near.into_split(), far.into_split());
        for (from, to) in [(near.0, far.1), (far.0, near.1)] {
            tokio::spawn(carry(from, to, state.subscribe(), server));
        }
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<(Way, SocketAddr)>,
    server: SocketAddr,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let gone = |(way, to): &(Way, SocketAddr)| *way == Way::Cut || *to != server;
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = state.wait_for(gone) => return,
        };
        let Ok(length @ 1..) = read else { return };
        let silent = |(way, to): &(Way, SocketAddr)| *way != Way::Silent || *to != server;
        if state.wait_for(silent).await.is_err() {
            return;
        }
        let now = *state.borrow();
        match now {
            (_, to) if to != server => return,
            (Way::Cut, _) => return,
            (Way::Slow(by), _) => sleep(by).await,
            (Way::Open | Way::Silent, _) => {}
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
