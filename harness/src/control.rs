//! The control of a target: carries the verbs to it, and its answers back.
//!
//! The answers pass no scenario. What counts is seen on the wire.

use crate::{
    caller::{Caller, Outcome, Outgoing, Pace, request_to},
    target::{self, Channel},
    wire::Fields,
};
use btx_spec::hooks::{HookAnswer, HookRequest, Order, Report};
use std::{
    collections::HashMap,
    process::Stdio,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
    sync::{mpsc, oneshot},
};
use url::Url;

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// How much of the last that a command wrote to its standard error is kept, in bytes.
const LAST_WORDS: usize = 400;
/// How many requests may wait for a command that does not read them.
const UNREAD: usize = 64;
/// The most of what a target said that is repeated to people, in characters.
const SHOWN: usize = 200;

/// The control of a target, ready to take verbs.
pub struct Control {
    channel: Open,
    next: AtomicU64,
}

enum Open {
    Http(Url),
    Pipe(Pipe),
}

/// The pipes of a command.
struct Pipe {
    input: mpsc::Sender<Vec<u8>>,
    state: Arc<Mutex<PipeState>>,
    /// Ends with the run.
    _child: Child,
}

#[derive(Default)]
struct PipeState {
    waiting: HashMap<u64, oneshot::Sender<Report>>,
    /// Why no answer can come any more.
    ended: Option<String>,
    last_words: Vec<u8>,
}

impl Control {
    /// Starts the command, if the target is controlled by one.
    ///
    /// # Errors
    /// When it cannot be started, in words.
    pub fn open(control: &target::Control) -> Result<Self, String> {
        let channel = match &control.channel {
            Channel::Http(url) => Open::Http(url.clone()),
            Channel::Command(words) => Open::Pipe(Pipe::start(words)?),
        };
        Ok(Self {
            channel,
            next: AtomicU64::new(1),
        })
    }

    /// Asks for one thing, and waits for the answer no longer than `patience`.
    ///
    /// # Errors
    /// When no answer came that can be read, or the target says that it has not done it; in words.
    pub async fn ask(
        &self,
        caller: &Caller,
        order: Order,
        patience: Duration,
    ) -> Result<Report, String> {
        let verb = order.verb();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let request = HookRequest { id, order };
        let asking = async {
            match &self.channel {
                Open::Http(url) => post(caller, url, &request, patience).await,
                Open::Pipe(pipe) => pipe.ask(&request).await,
            }
        };
        let report = match tokio::time::timeout(patience, asking).await {
            Ok(report) => report,
            Err(_) => Err(format!("no answer in {:.1} s", patience.as_secs_f64())),
        };
        match report {
            Ok(Report::Error { error }) => Err(format!("{verb}: {}", shown(&error))),
            Ok(report) => Ok(report),
            Err(words) => Err(format!("{verb}: {words}")),
        }
    }
}

/// Sends a request to a listener.
async fn post(
    caller: &Caller,
    url: &Url,
    request: &HookRequest,
    patience: Duration,
) -> Result<Report, String> {
    let body = serde_json::to_vec(request).map_err(|e| e.to_string())?;
    let fields = Fields::from([("content-type", "application/json")]);
    let outgoing = Outgoing {
        url: url.clone(),
        request: request_to(url, "POST", fields, body),
        pace: Pace::Whole,
    };
    match caller.call(outgoing, patience).await {
        Outcome::Answered(response) => {
            let answer = read(&response.body);
            match (response.status, answer) {
                // An error in words says more than a status.
                (200, Ok(answer)) if answer.id == request.id => Ok(answer.report),
                (200, Ok(answer)) => Err(format!(
                    "the answer has the id {} instead of {}",
                    answer.id, request.id
                )),
                (200, Err(words)) => Err(words),
                (
                    status,
                    Ok(HookAnswer {
                        report: Report::Error { error },
                        ..
                    }),
                ) => Err(format!("{status}: {}", shown(&error))),
                (status, _) => Err(format!("the control answered {status}")),
            }
        }
        Outcome::NoAnswer(error) => Err(error.to_string()),
        Outcome::NotConnected(error) => Err(error.to_string()),
        Outcome::TimedOut => Err("no answer in time".to_owned()),
    }
}

fn read(bytes: &[u8]) -> Result<HookAnswer, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "the answer is none that is known ({error}): {}",
            shown(&String::from_utf8_lossy(bytes))
        )
    })
}

/// What a target said, short and on one line.
fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = plain.take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short.trim().to_owned()
}

impl Pipe {
    fn start(words: &[String]) -> Result<Self, String> {
        let (program, arguments) = words.split_first().ok_or("the command is empty")?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("[control] command: {program} cannot be started: {error}"))?;
        let (Some(mut input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(format!("[control] command: {program} has no pipes"));
        };
        let state = Arc::<Mutex<PipeState>>::default();
        let (sender, mut lines) = mpsc::channel::<Vec<u8>>(UNREAD);
        tokio::spawn(async move {
            // A line is written whole or not at all, however long its reader takes. A command that has
            // ended says so on its output, with more words.
            while let Some(line) = lines.recv().await {
                if input.write_all(&line).await.is_err() || input.flush().await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(read_errors(errors, state.clone()));
        tokio::spawn(read_answers(output, state.clone()));
        Ok(Self {
            input: sender,
            state,
            _child: child,
        })
    }

    async fn ask(&self, request: &HookRequest) -> Result<Report, String> {
        let mut line = serde_json::to_vec(request).map_err(|e| e.to_string())?;
        line.push(b'\n');
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = lock(&self.state);
            if let Some(ended) = &state.ended {
                return Err(ended.clone());
            }
            state.waiting.insert(request.id, sender);
        }
        // If nobody reads it any more, no answer comes either.
        let _ = self.input.send(line).await;
        receiver.await.map_err(|_| {
            let ended = lock(&self.state).ended.clone();
            ended.unwrap_or_else(|| "the command has ended".to_owned())
        })
    }
}

/// Hands each line to whoever waits for it, until there are no more.
async fn read_answers(output: impl AsyncRead + Unpin, state: Arc<Mutex<PipeState>>) {
    let mut output = BufReader::new(output);
    let why = loop {
        let mut line = Vec::new();
        let mut bounded = (&mut output).take(LONGEST_ANSWER);
        match bounded.read_until(b'\n', &mut line).await {
            Err(error) => break error.to_string(),
            Ok(0) => break "the command has ended".to_owned(),
            Ok(_) if !line.ends_with(b"\n") && line.len() as u64 == LONGEST_ANSWER => {
                break format!("a line of its output is longer than {LONGEST_ANSWER} bytes");
            }
            Ok(_) => {}
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match read(&line) {
            // Nobody waits any more for an answer that comes too late.
            Ok(answer) => {
                let waiting = lock(&state).waiting.remove(&answer.id);
                if let Some(waiting) = waiting {
                    let _ = waiting.send(answer.report);
                }
            }
            Err(words) => break words,
        }
    };
    let mut state = lock(&state);
    let said = shown(&String::from_utf8_lossy(&state.last_words));
    state.ended = Some(if said.is_empty() {
        why
    } else {
        format!("{why}; it said: {said}")
    });
    state.waiting.clear();
}

async fn read_errors(mut errors: impl AsyncRead + Unpin, state: Arc<Mutex<PipeState>>) {
    let mut buffer = [0; 1024];
    while let Ok(size @ 1..) = errors.read(&mut buffer).await {
        let mut state = lock(&state);
        state.last_words.extend(buffer.iter().take(size));
        let beyond = state.last_words.len().saturating_sub(LAST_WORDS);
        state.last_words.drain(..beyond);
    }
}

fn lock(state: &Mutex<PipeState>) -> MutexGuard<'_, PipeState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
