//! The messages that log in: faultless, and altered in the one way that a scenario describes in words.

use super::{answered, issuer, seen_mut, session};
use crate::{
    steps::{Stop, calls::unknown, registry::steps},
    target::lifecycle::Account,
    wire::Fields,
    world::{Answer, World},
};
use serde_json::json;
use url::{Url, form_urlencoded::Serializer};

/// A password that nobody has.
const WRONG: &str = "not-the-password-of-anybody";

steps! {
    "its account logs in with {words}" => |world, fault| {
        let account = session(world, 0)?.account.clone();
        let mut message = Message::of(&account);
        message.alter(&account, &fault)?;
        sent(world, &message).await
    }
    "its account logs in by {words}" => |world, way| {
        let account = session(world, 0)?.account.clone();
        let mut message = Message::of(&account);
        message.send_by(&account, &way)?;
        sent(world, &message).await
    }
    "its account logs in with the password of the other" => |world| {
        let password = session(world, 1)?.account.password.clone();
        let name = session(world, 0)?.account.name.clone();
        sent(world, &Message::with(&name, &password)).await
    }
}

/// Logs in without fault, at a replica counted from 0.
pub(super) async fn log_in(
    world: &World,
    account: &Account,
    replica: usize,
) -> Result<Answer, Stop> {
    Message::of(account).sent_to(world, replica).await
}

/// Logs in with a password that is not that of the name.
pub(super) async fn log_in_wrongly(
    world: &World,
    name: &str,
    replica: usize,
) -> Result<Answer, Stop> {
    Message::with(name, WRONG).sent_to(world, replica).await
}

/// A name that nobody has.
pub(super) fn nobody() -> String {
    format!("nobody-{}", uuid::Uuid::new_v4().simple())
}

/// Sends a message, and notes what is answered.
async fn sent(world: &mut World, message: &Message) -> Result<(), Stop> {
    let answer = message.sent_to(world, 0).await?;
    let shown = answered(answer)?;
    seen_mut(world).logins.push(shown);
    Ok(())
}

/// A message that logs in, before it is sent.
struct Message {
    method: &'static str,
    query: Option<String>,
    media_type: &'static str,
    body: String,
}

impl Message {
    /// The faultless login of an account.
    fn of(account: &Account) -> Self {
        Self::with(&account.name, &account.password)
    }

    /// A login with a name and a password.
    fn with(name: &str, password: &str) -> Self {
        Self {
            method: "POST",
            query: None,
            media_type: "application/json",
            body: json!({ "username": name, "password": password }).to_string(),
        }
    }

    /// Alters what it says.
    fn alter(&mut self, account: &Account, fault: &str) -> Result<(), Stop> {
        let name = account.name.as_str();
        let password = account.password.as_str();
        let (quoted_name, quoted) = (json!(name), json!(password));
        let with = |password: &str| Self::with(name, password).body;
        self.body = match fault {
            "a name that nobody has" => Self::with(&nobody(), password).body,
            "a wrong password" => with(WRONG),
            "an empty password" => with(""),
            "its password in other letters" => with(&in_other_letters(password)),
            "its password without the last letter" => {
                let kept = password.chars().count().saturating_sub(1);
                with(&password.chars().take(kept).collect::<String>())
            }
            "its password and a letter more" => with(&format!("{password}x")),
            "a form instead of JSON" => {
                self.media_type = "application/x-www-form-urlencoded";
                form(account)
            }
            "no password" => json!({ "username": name }).to_string(),
            "a wrong password and the right one" => {
                format!(r#"{{"username":{quoted_name},"password":"{WRONG}","password":{quoted}}}"#)
            }
            "the right password and a wrong one" => {
                format!(r#"{{"username":{quoted_name},"password":{quoted},"password":"{WRONG}"}}"#)
            }
            "a wrong username and the right one" => {
                format!(r#"{{"username":"nobody","username":{quoted_name},"password":{quoted}}}"#)
            }
            "something after the object" => format!("{} {{}}", with(password)),
            _ => return Err(unknown("fault of a login", fault)),
        };
        Ok(())
    }

    /// Alters how it is sent.
    fn send_by(&mut self, account: &Account, way: &str) -> Result<(), Stop> {
        match way {
            "GET with name and password in the URL" => {
                self.method = "GET";
                self.query = Some(form(account));
                self.body.clear();
            }
            "GET with name and password in the body" => self.method = "GET",
            "PUT with name and password in the body" => self.method = "PUT",
            "POST with name and password in the URL" => {
                self.query = Some(form(account));
                "{}".clone_into(&mut self.body);
            }
            "POST with the password in the URL" => {
                let password = Serializer::new(String::new())
                    .append_pair("password", &account.password)
                    .finish();
                self.query = Some(password);
                self.body = json!({ "username": account.name }).to_string();
            }
            _ => return Err(unknown("way to send a login", way)),
        }
        Ok(())
    }

    async fn sent_to(&self, world: &World, replica: usize) -> Result<Answer, Stop> {
        let mut url: Url = world.replica(&issuer(world)?.login, replica)?;
        if let Some(query) = &self.query {
            url.set_query(Some(query));
        }
        let fields = match self.body.is_empty() {
            true => Fields::default(),
            false => Fields::from([("content-type", self.media_type)]),
        };
        let body = self.body.clone().into_bytes();
        Ok(world.ask(&url, self.method, fields, body).await)
    }
}

/// Name and password as a form, or a query.
fn form(account: &Account) -> String {
    Serializer::new(String::new())
        .append_pair("username", &account.name)
        .append_pair("password", &account.password)
        .finish()
}

fn in_other_letters(password: &str) -> String {
    let swapped = |c: char| match c.is_ascii_lowercase() {
        true => c.to_ascii_uppercase(),
        false => c.to_ascii_lowercase(),
    };
    password.chars().map(swapped).collect()
}
