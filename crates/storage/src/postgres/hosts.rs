//! The servers that a URL names, each tried for its share of the time: one that is frozen accepts a connection and then
//! says nothing, and must not cost the others their turn.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{net::lookup_host, time::timeout};
use tokio_postgres::{
    Client, Config, Connection, NoTls, Socket,
    config::{Host, LoadBalanceHosts},
    tls::NoTlsStream,
};
use uuid::Uuid;

/// How long all of them together may take: a little less than a request waits.
const TIME: Duration = Duration::from_millis(2_700);

/// The parameters of a session, and the server that took the last one.
#[derive(Debug)]
pub(super) struct Servers {
    session: Config,
    last: AtomicUsize,
}

/// One address of one server.
struct Server {
    host: Option<Host>,
    address: Option<IpAddr>,
    port: u16,
}

impl Servers {
    pub(super) fn new(session: Config) -> Servers {
        Servers {
            session,
            last: AtomicUsize::new(0),
        }
    }

    pub(super) fn database(&self) -> Option<&str> {
        self.session.get_dbname()
    }

    /// A connection to the first server that gives one, beginning with the one that did last.
    ///
    /// # Errors
    /// What the last of them said.
    pub(super) async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, NoTlsStream>), String> {
        let servers = self.servers().await?;
        let count = servers.len().max(1);
        let first = match self.session.get_load_balance_hosts() {
            LoadBalanceHosts::Random => random(count),
            _ => self.last.load(Ordering::Relaxed),
        };
        let share = TIME / u32::try_from(count).unwrap_or(u32::MAX);
        let mut fault = "no host is named".to_owned();
        for index in (0..servers.len()).map(|offset| (first + offset) % count) {
            let session = self.only(&servers[index]);
            match timeout(share, session.connect(NoTls)).await {
                Ok(Ok(connection)) => {
                    self.last.store(index, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => fault = reason(&error),
                Err(_) => fault = "the server does not answer".to_owned(),
            }
        }
        Err(fault)
    }

    /// Every address of every host.
    async fn servers(&self) -> Result<Vec<Server>, String> {
        let (hosts, addresses) = (self.session.get_hosts(), self.session.get_hostaddrs());
        let ports = self.session.get_ports();
        let mut servers = Vec::new();
        let mut fault = None;
        for index in 0..hosts.len().max(addresses.len()) {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            let host = hosts.get(index).cloned();
            let server = |address| Server {
                host: host.clone(),
                address,
                port,
            };
            match (addresses.get(index), &host) {
                (Some(address), _) => servers.push(server(Some(*address))),
                (None, Some(Host::Tcp(name))) => match lookup_host((name.as_str(), port)).await {
                    Ok(found) => {
                        servers.extend(found.map(|found| server(Some(found.ip()))));
                    }
                    Err(error) => fault = Some(format!("a host is not found: {error}")),
                },
                _ => servers.push(server(None)),
            }
        }
        match fault {
            Some(fault) if servers.is_empty() => Err(fault),
            _ => Ok(servers),
        }
    }

    /// The session's parameters with this server alone: what a `Config` has of hosts can only be added to.
    fn only(&self, server: &Server) -> Config {
        let session = &self.session;
        let mut one = Config::new();
        match &server.host {
            Some(Host::Tcp(name)) => one.host(name),
            Some(Host::Unix(path)) => one.host_path(path),
            None => &mut one,
        };
        if let Some(address) = server.address {
            one.hostaddr(address);
        }
        one.port(server.port);
        if let Some(user) = session.get_user() {
            one.user(user);
        }
        if let Some(password) = session.get_password() {
            one.password(password);
        }
        if let Some(name) = session.get_dbname() {
            one.dbname(name);
        }
        if let Some(options) = session.get_options() {
            one.options(options);
        }
        if let Some(name) = session.get_application_name() {
            one.application_name(name);
        }
        if let Some(time) = session.get_connect_timeout() {
            one.connect_timeout(*time);
        }
        if let Some(time) = session.get_tcp_user_timeout() {
            one.tcp_user_timeout(*time);
        }
        if let Some(interval) = session.get_keepalives_interval() {
            one.keepalives_interval(interval);
        }
        if let Some(retries) = session.get_keepalives_retries() {
            one.keepalives_retries(retries);
        }
        one.keepalives(session.get_keepalives())
            .keepalives_idle(session.get_keepalives_idle())
            .ssl_mode(session.get_ssl_mode())
            .ssl_negotiation(session.get_ssl_negotiation())
            .channel_binding(session.get_channel_binding())
            .target_session_attrs(session.get_target_session_attrs());
        one
    }
}

/// A number below `count`.
fn random(count: usize) -> usize {
    usize::from(Uuid::now_v7().as_bytes()[15]) % count
}

/// Why no connection came about: `tokio_postgres` keeps the cause out of its own text.
fn reason(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
