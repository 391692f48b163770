//! Closes a listener without losing those who have connected.

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};

/// Closes a listener and returns the connections that the kernel has accepted for it, which would be reset: asked for
/// by system calls, since what the runtime knows of the listener may be older.
pub fn close(listener: TcpListener) -> Vec<TcpStream> {
    let mut connections = Vec::new();
    // What comes from here on is turned away before it is a connection, but for one: otherwise some would come between
    // the last that is taken and the close.
    let _ = SockRef::from(&listener).listen(0);
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
