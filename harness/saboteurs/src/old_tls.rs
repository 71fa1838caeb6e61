//! A proxy in front of a listener that goes on with handshakes of TLS 1.0 and 1.1, and hands everything else
//! on as it is.

use std::{io, net::TcpListener};
use tokio::{
    io::{AsyncWriteExt as _, copy_bidirectional},
    net::TcpStream,
};

/// Where a ClientHello says which version it offers at most: behind the head of the record, the head of the
/// message, and the first byte of the version (RFC 4346 section 7.4.1.2).
const OFFERED: usize = 10;
/// The second byte of the version from TLS 1.2 on.
const TLS_1_2: u8 = 3;

/// Takes the place of a listener; gives the one that gets what is handed on.
///
/// # Errors
/// When the system has no sockets left.
pub fn in_front_of(announced: TcpListener) -> io::Result<TcpListener> {
    let behind = TcpListener::bind((announced.local_addr()?.ip(), 0))?;
    let place = behind.local_addr()?;
    announced.set_nonblocking(true)?;
    let announced = tokio::net::TcpListener::from_std(announced)?;
    tokio::spawn(async move {
        while let Ok((client, _)) = announced.accept().await {
            tokio::spawn(async move {
                // Whoever hangs up is not missed.
                let _ = attend(client, place).await;
            });
        }
    });
    Ok(behind)
}

async fn attend(mut client: TcpStream, place: std::net::SocketAddr) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut hello = [0; OFFERED + 1];
    client.peek(&mut hello).await?;
    match hello.last() {
        Some(offered) if hello.starts_with(&[22, 3]) && (1..TLS_1_2).contains(offered) => {
            client.write_all(&server_hello(*offered)).await?;
            client.shutdown().await
        }
        _ => {
            let mut server = TcpStream::connect(place).await?;
            server.set_nodelay(true)?;
            copy_bidirectional(&mut client, &mut server).await?;
            Ok(())
        }
    }
}

/// A ServerHello of that version, with the suite ECDHE-RSA with AES-128 in CBC mode, and no session.
fn server_hello(minor: u8) -> Vec<u8> {
    let mut hello = vec![3, minor];
    hello.extend_from_slice(&[0xa5; 32]);
    hello.extend_from_slice(&[0, 0xc0, 0x13, 0]);
    let length = u8::try_from(hello.len()).unwrap_or(u8::MAX);
    let mut record = vec![22, 3, minor, 0, length + 4, 2, 0, 0, length];
    record.extend(hello);
    record
}
