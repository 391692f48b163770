//! Closes a listener without losing those who have connected.

use std::io;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

/// Closes a listener and returns the connections that the kernel has accepted for it, which would be reset: asked for
/// by system calls, since what the runtime knows of the listener may be older.
pub fn close(listener: TcpListener) -> Vec<TcpStream> {
    let mut connections = Vec::new();
    // Otherwise some would come between the last that is taken and the close. Where it fails there is nothing else to do.
    let _ = turn_away(&SockRef::from(&listener));
    // Where a connection cannot be taken there is nothing that could be done for it.
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, _)) = listener.accept() {
            let taken = stream
                .set_nonblocking(true)
                .and_then(|()| TcpStream::from_std(stream));
            connections.extend(taken);
        }
    }
    connections
}

/// Lets nobody begin to connect, while those who have begun still can: what asks for a connection is dropped as if it had
/// been lost, and is sent again when the listener is closed.
#[cfg(target_os = "linux")]
fn turn_away(listener: &SockRef<'_>) -> io::Result<()> {
    use socket2::SockFilter;

    // Berkeley packet filters see a segment from its header on: RFC 9293 section 3.1.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_IF_SET: u16 = 0x45;
    const RETURN: u16 = 0x06;
    listener.attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(JUMP_IF_SET, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

/// Lets nobody connect but one.
#[cfg(not(target_os = "linux"))]
fn turn_away(listener: &SockRef<'_>) -> io::Result<()> {
    listener.listen(0)
}
