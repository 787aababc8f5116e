//! The command line: one file a command. Only this folder prints.

mod args;
mod audit;
mod demo;
mod documents;
mod logging;
mod parse;
mod plugin;
mod samples;
mod secrets;
mod serve;
mod tenant;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Arguments, AuditCommand, Command, MemberCommand, SecretsCommand, TenantCommand};

/// Runs the command the arguments name; what went wrong stands on standard error.
pub fn run() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == crate::wasm::COMPILE_SUBCOMMAND) {
        return finish(crate::wasm::compile_as_child(&arguments[2..]).map_err(anyhow::Error::msg));
    }
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return finish(Err(anyhow::Error::new(error).context("starting threads"))),
    };
    finish(runtime.block_on(dispatch(arguments)))
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<()> {
    let config = arguments.config()?;
    match arguments.command {
        Command::Serve => serve::serve(config).await,
        Command::Worker => serve::work(config).await,
        Command::Migrate => serve::migrate(config).await,
        Command::Openapi => documents::openapi(),
        Command::Tenant { command: TenantCommand::Create { name, owner } } => {
            tenant::create(config, &name, &owner).await
        }
        Command::Member { command: MemberCommand::Create { email, tenant } } => {
            tenant::add_owner(config, &tenant, &email).await
        }
        Command::Audit { command: AuditCommand::Verify { tenant } } => {
            audit::verify(config, tenant.as_deref()).await
        }
        Command::Secrets { command: SecretsCommand::Rotate { new } } => secrets::rotate(config, new).await,
        Command::Plugin { command } => plugin::run(config, command).await,
        Command::Parse(options) => parse::parse(config, options).await,
        Command::Demo(options) => demo::demo(config, options).await,
    }
}

fn finish(done: anyhow::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the command's own error")]
            {
                eprintln!("mortise: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
