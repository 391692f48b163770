//! Invitations by mail.

use std::time::Duration;

use identity::Mail;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use crate::fixture::{ACCOUNT, App, admin, user};

/// Takes one mail for each connection, as little of SMTP as that needs.
async fn receive(stream: TcpStream, sender: mpsc::UnboundedSender<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await?;
    let mut mail = String::new();
    let mut line = String::new();
    let mut is_data = false;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end();
        if is_data && command != "." {
            mail.push_str(&line);
            continue;
        }
        let answer = match command.split(' ').next() {
            Some("DATA") => {
                is_data = true;
                "354 go on\r\n"
            }
            Some(".") => {
                is_data = false;
                let _ = sender.send(std::mem::take(&mut mail));
                "250 taken\r\n"
            }
            _ => {
                if command.starts_with("RCPT") {
                    mail.push_str(&line);
                }
                "250 ok\r\n"
            }
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

/// A service that mails, and what arrives.
async fn mailing() -> (App, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (sender, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(receive(stream, sender.clone()));
        }
    });
    let mail = Mail {
        smtp_url: format!("smtp://127.0.0.1:{port}").into(),
        from: "Muster <muster@x.test>".to_owned(),
        invitation_url: "https://x.test/{account_id}/join/{invitation_id}".to_owned(),
    };
    let delivery = delivery::Config {
        interval: Duration::from_millis(20),
        ..Default::default()
    };
    (App::start_mailing(delivery, mail).await, mails)
}

async fn next(mails: &mut mpsc::UnboundedReceiver<String>) -> String {
    let mail = timeout(Duration::from_secs(10), mails.recv()).await;
    mail.expect("in time").expect("a mail")
}

#[tokio::test]
async fn invitations_are_mailed() {
    let (app, mut mails) = mailing().await;
    // No invitation, no mail.
    app.create_as(admin(), user("other"))
        .await
        .expect("created");
    let invited = app.invite(&["ann@x.test"]).await.expect("invited");
    let id = invited.invitations[0].id;
    assert_eq!(invited.invitations[0].send_time, None, "no mail has it yet");
    assert!(invited.invitations[0].is_mailed);
    let mut sent = None;
    for _ in 0..2 {
        let mail = next(&mut mails).await;
        assert!(mail.starts_with("RCPT TO:<ann@x.test>"), "{mail}");
        assert!(mail.contains("From: Muster <muster@x.test>"), "{mail}");
        let link = format!("https://x.test/{ACCOUNT}/join/{id}");
        assert!(mail.contains(&link), "{mail}");
        // The time of the mail, which comes a moment after it.
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        let invitation = loop {
            tick.tick().await;
            let invitation = app.invitation(id).await.expect("found");
            if invitation.send_time.is_some() && invitation.send_time != sent {
                break invitation;
            }
        };
        assert_eq!(invitation.link, link);
        sent = invitation.send_time;
        app.resend(id).await.expect("resent");
    }
}

/// Rule 5: an identity provider may push what is no address. It is invited, and nothing is mailed or tried again.
#[tokio::test]
async fn only_addresses_are_mailed() {
    let (app, mut mails) = mailing().await;
    let pushed = app.create(user("not-an-address")).await.expect("created");
    assert_eq!(app.invitations_of(&pushed.id).await.len(), 1);
    app.create(user("ann@x.test")).await.expect("created");
    let mail = next(&mut mails).await;
    assert!(mail.starts_with("RCPT TO:<ann@x.test>"), "{mail}");
    let left = "SELECT count(*) FROM deliveries";
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let nothing_left = async {
        while app.number(left).await > 0 {
            tick.tick().await;
        }
    };
    timeout(Duration::from_secs(10), nothing_left)
        .await
        .expect("nothing is tried again");
}
