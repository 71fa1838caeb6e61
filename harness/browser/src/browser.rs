//! Chromium without a window, driven through its driver over loopback.

use crate::{Failure, journal::Entry};
use axum::http::Method;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fantoccini::{
    Client, ClientBuilder,
    actions::{InputSource as _, KeyAction, KeyActions},
    error::CmdError,
    wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{net::Ipv4Addr, path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
    time::timeout,
};
use url::{ParseError, Url};

/// The width and height of a window on a desk.
pub(crate) const DESK: (u32, u32) = (1280, 900);
/// Those of a phone.
pub(crate) const PHONE: (u32, u32) = (375, 800);

/// How long the driver may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tallest picture that is taken.
const TALLEST: u32 = 3000;

/// Where Debian has the browser.
const BROWSERS: [&str; 2] = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
/// The driver of the same version.
const DRIVER: &str = "chromedriver";
/// How to get both.
const ADVICE: &str = "install both with `apt-get install chromium chromium-driver`";

/// What the browser is started with: no window, and no conversation of its own with anybody.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser with one open page.
pub(crate) struct Browser {
    client: Client,
    driver: Child,
    /// Where the driver listens.
    port: u16,
    /// Keeps the pipe open that the driver writes to.
    _output: Lines<BufReader<ChildStdout>>,
    profile: TempDir,
}

impl Browser {
    /// Starts the driver, and through it the browser with a profile of its own.
    pub(crate) async fn start() -> Result<Self, Failure> {
        let Some(browser) = BROWSERS.iter().find(|path| Path::new(path).is_file()) else {
            return Err(format!(
                "there is no Chromium at {}: {ADVICE}",
                BROWSERS.join(" or ")
            )
            .into());
        };
        let mut driver = Command::new(DRIVER)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Who interrupts us from a terminal shall not end the driver before its browser.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{DRIVER} cannot be started ({error}): {ADVICE}"))?;
        let output = driver.stdout.take().ok_or("the driver has no output")?;
        let mut output = BufReader::new(output).lines();
        let port = loop {
            match output.next_line().await? {
                Some(line) => {
                    if let Some(port) = port(&line) {
                        break port;
                    }
                }
                None => return Err(format!("{DRIVER} ended without a word of its port").into()),
            }
        };
        let profile = tempfile::tempdir()?;
        let capabilities = capabilities(browser, profile.path());
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .map_err(|error| format!("the browser does not start: {error}; {ADVICE}"))?;
        Ok(Self {
            client,
            driver,
            port,
            _output: output,
            profile,
        })
    }

    /// Closes the browser, and ends the driver.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        // Whatever went wrong before: the driver ends its browser when it is told to shut down.
        let closed = self.client.close().await;
        let told = shut_down(self.port).await;
        if timeout(PATIENCE, self.driver.wait()).await.is_err() {
            self.driver.kill().await?;
        }
        self.profile.close()?;
        closed?;
        told
    }

    /// What WebDriver itself can do.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Loads a page.
    pub(crate) async fn visit(&self, url: &Url) -> Result<(), Failure> {
        // Another fragment of the same page would not load it again.
        self.client.goto("about:blank").await?;
        Ok(self.client.goto(url.as_str()).await?)
    }

    /// Runs the body of a function in the page.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> Result<T, Failure> {
        let script = format!("{}\n{script}", include_str!("js/name.js"));
        let answer = self.client.execute(&script, arguments).await?;
        Ok(serde_json::from_value(answer)?)
    }

    /// Makes the window as large as a screen, whose width and height are given.
    pub(crate) async fn resize(&self, (width, height): (u32, u32)) -> Result<(), Failure> {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": (width, height) == PHONE,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        Ok(())
    }

    /// Pretends a medium, if it is not empty, and that the reader prefers light or dark.
    pub(crate) async fn prefer(&self, medium: &str, scheme: &str) -> Result<(), Failure> {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let media = json!({"media": medium, "features": features});
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }

    /// A picture of the whole page, or of its beginning where it is very long, as PNG.
    pub(crate) async fn picture(&self) -> Result<Vec<u8>, Failure> {
        let size =
            "return [document.documentElement.clientWidth, document.documentElement.scrollHeight];";
        let (width, height): (u32, u32) = self.ask(size, Vec::new()).await?;
        let clip =
            json!({"x": 0, "y": 0, "width": width, "height": height.min(TALLEST), "scale": 1});
        let options = json!({"captureBeyondViewport": true, "clip": clip});
        let answer = self.devtools("Page.captureScreenshot", options).await?;
        let data = answer.get("data").and_then(Value::as_str);
        Ok(STANDARD.decode(data.ok_or("the browser gave no picture")?)?)
    }

    /// Presses keys, one after the other, at whatever has the focus.
    pub(crate) async fn press(&self, keys: &str) -> Result<(), Failure> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in keys.chars() {
            actions = actions
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        Ok(self.client.perform_actions(actions).await?)
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, Failure> {
        let body = json!({"cmd": command, "params": parameters});
        Ok(self.post("goog/cdp/execute", body).await?)
    }

    /// Leaves the page, also the one that a new tab has of its own, and empties the logs.
    pub(crate) async fn forget(&self) -> Result<(), Failure> {
        self.client.goto("about:blank").await?;
        for kind in ["browser", "performance"] {
            self.log(kind).await?;
        }
        Ok(())
    }

    /// What a log of the browser holds that was not asked for before.
    pub(crate) async fn log(&self, kind: &str) -> Result<Vec<Entry>, Failure> {
        let entries = self.post("se/log", json!({"type": kind})).await?;
        Ok(serde_json::from_value(entries)?)
    }

    async fn post(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Post { path, body }).await
    }
}

/// The port in the line by which the driver says that it is ready.
fn port(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("started successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}

fn capabilities(browser: &str, profile: &Path) -> fantoccini::wd::Capabilities {
    let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--user-data-dir={}", profile.display()));
    flags.push(format!("--window-size={},{}", DESK.0, DESK.1));
    [
        (
            "goog:chromeOptions".to_owned(),
            json!({"binary": browser, "args": flags, "perfLoggingPrefs": {"enableNetwork": true}}),
        ),
        (
            "goog:loggingPrefs".to_owned(),
            json!({"browser": "ALL", "performance": "ALL"}),
        ),
    ]
    .into_iter()
    .collect()
}

/// Tells the driver to end its browsers and itself.
async fn shut_down(port: u16) -> Result<(), Failure> {
    let mut driver = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let request = "GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    driver.write_all(request.as_bytes()).await?;
    // The answer says no more than that it came.
    let mut answer = Vec::new();
    timeout(PATIENCE, driver.read_to_end(&mut answer)).await??;
    Ok(())
}

/// A command that only this driver has.
#[derive(Debug)]
struct Post {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_says_its_port() {
        let ready = "ChromeDriver was started successfully on port 40123.";
        assert_eq!(port(ready), Some(40123));
        assert_eq!(port("Starting ChromeDriver 156 on port 0"), None);
    }
}
