//! Compiling happens in a child process: this same binary with a hidden subcommand and limits on its memory and
//! time. A component that makes the compiler explode takes only the child with it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::checks::Refusal;
use super::engine::{self, Class};

/// Name of the hidden subcommand.
pub const SUBCOMMAND: &str = "compile-plugin";

const ADDRESS_SPACE: u64 = 4 << 30;
/// A component with CPython inside takes a dozen; more than one thread counts together.
const CPU_SECONDS: u64 = 60;
/// What the child may wait for besides: on a busy machine most of the time for its turn on a core.
const WALL: Duration = Duration::from_secs(180);
pub(super) const MAX_ARTIFACT: u64 = 1 << 30;
/// More than any server is set to accept.
const MAX_INPUT: u64 = 256 << 20;
const MAX_REPORT: u64 = 4 << 10;

/// Has a child compile `component` into the file `output`.
pub(crate) async fn in_child(
    compiler: &Path,
    component: &[u8],
    class: Class,
    output: &Path,
) -> Result<(), Refusal> {
    let failed = |what: String| Refusal::new("compile_failed", what);
    // Some other program than ours was named as the compiler and opens plugins of its own: its child would be the next.
    if std::env::args().nth(1).is_some_and(|first| first == SUBCOMMAND) {
        return Err(failed("this process was itself started to compile, and is no compiler".into()));
    }
    let mut child = Command::new(compiler)
        .arg0("mortise")
        .arg(SUBCOMMAND)
        .arg(class.as_str())
        .arg(output)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            failed(format!("cannot start the compiler {}: {error}; is it installed?", compiler.display()))
        })?;

    let mut stdin = child.stdin.take().expect("it is piped");
    let stderr = child.stderr.take().expect("it is piped");
    let talk = async {
        // A child that dies early closes the pipe; its exit status tells more than the error here.
        let feed = async {
            let _ = stdin.write_all(component).await;
            drop(stdin);
        };
        let mut report = Vec::new();
        let read = async {
            let _ = stderr.take(MAX_REPORT).read_to_end(&mut report).await;
        };
        tokio::join!(feed, read);
        let status = child.wait().await;
        (status, report)
    };
    let Ok((status, report)) = tokio::time::timeout(WALL, talk).await else {
        return Err(Refusal::new(
            "compile_timeout",
            format!(
                "compiling the component took more than {} s; install it again when the server has less to do, or \
                 make it smaller",
                WALL.as_secs()
            ),
        ));
    };
    let status = status.map_err(|error| failed(format!("the compiler was lost: {error}")))?;
    if status.success() {
        return Ok(());
    }
    let report = String::from_utf8_lossy(&report);
    let report = report.trim().trim_start_matches("mortise: ");
    Err(if report.is_empty() {
        failed(format!(
            "compiling the component needed more than {CPU_SECONDS} s of processor time or {} GiB of memory \
             ({status}); make it smaller",
            ADDRESS_SPACE >> 30
        ))
    } else {
        failed(format!("the component does not compile: {report}"))
    })
}

/// The child's side: reads a component from standard input, writes the artifact, answers what went wrong.
///
/// # Errors
/// A sentence for standard error.
pub(crate) fn as_child(arguments: &[String]) -> Result<(), String> {
    let [class, output] = arguments else {
        return Err(format!("usage: mortise {SUBCOMMAND} CLASS OUTPUT < component.wasm"));
    };
    let class = Class::from_word(class).ok_or_else(|| format!("there is no class `{class}`"))?;
    restrict().map_err(|error| format!("cannot limit the compiler: {error}"))?;

    let mut component = Vec::new();
    let mut input = std::io::stdin().lock().take(MAX_INPUT);
    input.read_to_end(&mut component).map_err(|error| format!("cannot read the component: {error}"))?;
    super::checks::is_component(&component).map_err(|refusal| refusal.to_string())?;

    let engine = engine::compiling(class).map_err(|error| format!("cannot start the compiler: {error:#}"))?;
    let artifact = engine.precompile_component(&component).map_err(|error| format!("{error:#}"))?;
    let write = || {
        let mut file = File::create(output)?;
        file.write_all(&artifact)?;
        file.sync_all()
    };
    write().map_err(|error| format!("cannot write {output}: {error}"))
}

/// Limits on this process, before it looks at anything a stranger sent.
fn restrict() -> std::io::Result<()> {
    let limits = [
        (Resource::As, ADDRESS_SPACE),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Fsize, MAX_ARTIFACT),
        (Resource::Core, 0),
    ];
    for (resource, limit) in limits {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    Ok(())
}

/// The executable that compiles, when nobody names one: this very one, even if its file was replaced meanwhile.
pub(crate) fn own_executable() -> std::io::Result<PathBuf> {
    let by_process = Path::new("/proc/self/exe");
    if by_process.exists() { Ok(by_process.to_owned()) } else { std::env::current_exe() }
}
