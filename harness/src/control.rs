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
    io,
    process::Stdio,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _,
        BufReader,
    },
    process::{Child, Command},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use url::Url;

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How much of the last that a command wrote to its standard error is kept, in bytes.
const LAST_WORDS: usize = 400;
/// How long these may come after the end of its output.
const LAST_WORDS_LATER: Duration = Duration::from_millis(200);
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
    waiting: HashMap<u64, oneshot::Sender<Result<Report, String>>>,
    /// Why no answer can come any more.
    ended: Option<String>,
    /// What was wrong with the last line that was for nobody.
    unfit: Option<String>,
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
            Err(_) => {
                let words = format!("no answer in {:.1} s", patience.as_secs_f64());
                Err(match &self.channel {
                    Open::Http(_) => words,
                    Open::Pipe(pipe) => lock(&pipe.state).explain(words),
                })
            }
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

/// Reads an answer.
///
/// # Errors
/// What is wrong with it, and what was said instead, in words.
pub fn read(bytes: &[u8]) -> Result<HookAnswer, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        // What is wrong may be a value, and that may be as long as the answer.
        format!(
            "the answer is none that is known ({}): {}",
            shown(&error.to_string()),
            shown(&String::from_utf8_lossy(bytes))
        )
    })
}

/// What a target said, short and on one line.
#[must_use]
pub fn shown(text: &str) -> String {
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
        let errors = tokio::spawn(read_errors(errors, state.clone()));
        tokio::spawn(read_answers(output, errors, state.clone()));
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
        receiver.await.unwrap_or_else(|_| {
            let ended = lock(&self.state).ended.clone();
            Err(ended.unwrap_or_else(|| "the command has ended".to_owned()))
        })
    }
}

impl PipeState {
    /// Hands a line to whoever waits for it. One that is no answer costs nobody but the one whom it is for.
    fn take(&mut self, line: &[u8]) {
        let answer = if line.len() > LONGEST_ANSWER {
            Err(format!("it is longer than {LONGEST_ANSWER} bytes"))
        } else {
            read(line)
        };
        let (id, report) = match answer {
            Ok(answer) => (Some(answer.id), Ok(answer.report)),
            Err(words) => (number_of(line), Err(words)),
        };
        match (id.and_then(|id| self.waiting.remove(&id)), report) {
            // Who waited may have given up just now.
            (Some(waiting), report) => drop(waiting.send(report)),
            (None, Err(words)) => self.unfit = Some(words),
            (None, Ok(_)) => {
                let line = shown(&String::from_utf8_lossy(line));
                self.unfit = Some(format!("nobody waits for it: {line}"));
            }
        }
    }

    /// Why there is no answer, with what may explain it.
    fn explain(&self, mut why: String) -> String {
        if let Some(unfit) = &self.unfit {
            why.push_str(&format!("; a line of its output was no answer: {unfit}"));
        }
        let said = shown(&String::from_utf8_lossy(&self.last_words));
        if !said.is_empty() {
            why.push_str(&format!("; it said: {said}"));
        }
        why
    }
}

/// The number of a line that is no answer otherwise.
#[must_use]
pub fn number_of(line: &[u8]) -> Option<u64> {
    let line: serde_json::Value = serde_json::from_slice(line).ok()?;
    line.get("id")?.as_u64()
}

/// Hands each line to whoever waits for it, until there are no more.
async fn read_answers(
    output: impl AsyncRead + Unpin,
    errors: JoinHandle<()>,
    state: Arc<Mutex<PipeState>>,
) {
    let mut output = BufReader::new(output);
    let why = loop {
        match read_line(&mut output).await {
            Ok(Some(line)) if line.iter().all(u8::is_ascii_whitespace) => {}
            Ok(Some(line)) => lock(&state).take(&line),
            Ok(None) => break "the command has ended".to_owned(),
            Err(error) => break error.to_string(),
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS_LATER, errors).await;
    let mut state = lock(&state);
    state.ended = Some(state.explain(why));
    state.waiting.clear();
}

/// The next line, if there is one. Of a line that is too long for an answer no more is kept than shows that
/// it is.
///
/// # Errors
/// When the pipe fails.
pub async fn read_line(output: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    loop {
        let available = output.fill_buf().await?;
        if available.is_empty() {
            return Ok((!line.is_empty()).then_some(line));
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let wanted = (LONGEST_ANSWER + 1).saturating_sub(line.len());
        line.extend(
            available
                .iter()
                .take(end.unwrap_or(usize::MAX))
                .take(wanted),
        );
        let used = end.map_or(available.len(), |end| end + 1);
        output.consume(used);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_wrong_answer_is_short_and_on_one_line() {
        let long = format!("{{\"id\":\"{}\\u001b[2J\\n\"}}", "x".repeat(10_000));
        let words = read(long.as_bytes()).unwrap_err();
        assert!(words.chars().count() < 3 * SHOWN, "{words}");
        assert!(!words.contains(char::is_control), "{words}");
    }
}
