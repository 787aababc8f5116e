//! `mortise demo`: a tenant, the sample résumés parsed for real, a hire that a chat channel is told of, and a server to go on
//! with.

mod channel;

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};

use self::channel::Channel;
use super::args::DemoOptions;
use super::{logging, parse, samples};
use crate::caller::Caller;
use crate::config::Config;
use crate::ids::ResumeId;
use crate::permissions::Permission;
use crate::resources::access::founding;
use crate::resources::resumes::{self, Parse, Resume, Status};
use crate::services::Services;
use crate::start::{Node, Running};
use crate::unified_resume::UnifiedResume;

pub(super) async fn demo(config: Config, options: DemoOptions) -> anyhow::Result<()> {
    logging::start(&config, "warn")?;
    let folder =
        tempfile::Builder::new().prefix("mortise-demo-").tempdir().context("making a folder for the demo")?;
    say("Starting. The first time the built-in plugins are compiled, which takes some seconds.")?;
    let node = start(&config, folder.path(), options.once).await?;
    let services = &node.services;
    let founded = founding::found(&services.db, &services.clock, "Demo Ltd", "owner@demo.example").await?;
    let caller = Caller::operator(founded.tenant.id);

    let start = Instant::now();
    let ids = upload(services, &caller).await?;
    let read = wait(services, &caller, &ids).await?;
    say(&format!("\n{}", table(&read)))?;
    say(&format!(
        "{} résumés read in {:.1} s, each in sandboxes of its own.\n",
        read.len(),
        start.elapsed().as_secs_f64()
    ))?;

    let mut channel = Channel::open().await?;
    channel.subscribe(services, &caller).await?;
    if let Some(candidate) = read.iter().find_map(|(resume, _)| resume.candidate_id) {
        let messages = channel.follow_a_hire(services, &caller, candidate).await?;
        say(
            "One of them was hired. A webhook whose events mortise/slack-message reshapes told a chat channel:\n",
        )?;
        for message in messages {
            say(&format!("  {message}"))?;
        }
        say("")?;
    }

    if !options.once {
        let address = node.address().context("the demo serves")?;
        invite(address, &founded.key.reveal(), ids.first())?;
        return node.until_told().await;
    }
    node.stop().await;
    Ok(())
}

/// Everything lives in a folder that goes with the demo, but for the compiled plugins.
async fn start(config: &Config, folder: &std::path::Path, once: bool) -> anyhow::Result<Running> {
    let mut config = Config {
        data_dir: folder.to_path_buf(),
        database_url: None,
        blob_url: None,
        plugin_cache_dir: None,
        secret_key_file: None,
        // For the channel, which is here.
        webhooks_allow_http: true,
        egress_allow: vec!["127.0.0.0/8".parse()?],
        ..config.clone()
    };
    // The key signs the cache, so where the cache outlives the demo the key must, too.
    if let Some(cache) = parse::user_cache() {
        std::fs::create_dir_all(&cache).with_context(|| format!("making the folder {}", cache.display()))?;
        let of_cache = Config { data_dir: cache.clone(), ..config.clone() };
        crate::keys::Keys::open(&of_cache)?;
        config.secret_key_file = Some(cache.join("secret.key"));
        config.plugin_cache_dir = Some(cache);
    }
    // Nobody calls a demo that ends by itself; two of them may run at the same time.
    if once || tokio::net::TcpListener::bind(config.listen).await.is_err() {
        config.listen.set_port(0);
    }
    Node::new(config).start().await
}

async fn upload(services: &Services, caller: &Caller) -> anyhow::Result<Vec<ResumeId>> {
    let mut ids = Vec::new();
    for (name, bytes) in samples::RESUMES {
        let upload = resumes::actions::Upload {
            file_name: (*name).into(),
            bytes: Bytes::from_static(bytes),
            candidate: None,
            job: None,
            source: Some("demo".into()),
        };
        ids.push(resumes::actions::create(services, caller, upload).await?.id);
    }
    Ok(ids)
}

async fn wait(
    services: &Services,
    caller: &Caller,
    ids: &[ResumeId],
) -> anyhow::Result<Vec<(Resume, Option<Parse>)>> {
    let style = ProgressStyle::with_template("reading résumés {wide_bar} {pos}/{len}")
        .expect("the template is well-formed");
    let bar = ProgressBar::new(ids.len() as u64).with_style(style);
    loop {
        let mut read = Vec::new();
        let mut tx = services.db.read(caller, Permission::ResumeRead).await?;
        for id in ids {
            let resume = resumes::store::get(&mut tx, *id).await?;
            let parse = match resume.parse_id {
                Some(parse) => resumes::store::find_parse(&mut tx, parse).await?,
                None => None,
            };
            read.push((resume, parse));
        }
        tx.commit().await?;
        let ended = |resume: &Resume| matches!(resume.status, Status::Success | Status::Failed);
        let done = read.iter().filter(|(resume, _)| ended(resume)).count();
        bar.set_position(done as u64);
        if done == ids.len() {
            bar.finish_and_clear();
            return Ok(read);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn table(read: &[(Resume, Option<Parse>)]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header([
            "File",
            "Name",
            "E-mail",
            "Phone",
            "Place",
            "Latest post",
            "Posts",
            "Studies",
            "Skills",
            "ms",
        ]);
    for (resume, parse) in read {
        let unified = parse.as_ref().and_then(|parse| parse.unified.as_ref());
        match unified {
            Some(unified) => table.add_row(row(resume, parse.as_ref(), &unified.0)),
            None => {
                table.add_row([resume.file_name.clone(), resume.error_detail.clone().unwrap_or_default()])
            }
        };
    }
    table
}

fn row(resume: &Resume, parse: Option<&Parse>, unified: &UnifiedResume) -> Vec<String> {
    let basics = &unified.basics;
    let place = basics.location.as_ref().map(|place| {
        let parts = [&place.city, &place.region, &place.country_code];
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    });
    let post = unified.work.first().map(|work| {
        let parts = [&work.position, &work.company];
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    });
    let skills: usize = unified.skills.iter().map(|skill| skill.keywords.len().max(1)).sum();
    let millis = parse.and_then(|parse| parse.wall_micros).map(|micros| (micros / 1000).to_string());
    [
        Some(resume.file_name.clone()),
        basics.name.clone(),
        basics.email.clone(),
        basics.phone.clone(),
        place,
        post,
        Some(unified.work.len().to_string()),
        Some(unified.education.len().to_string()),
        Some(skills.to_string()),
        millis,
    ]
    .map(|cell| cell.unwrap_or_else(|| "–".into()))
    .to_vec()
}

fn invite(address: SocketAddr, key: &str, first: Option<&ResumeId>) -> anyhow::Result<()> {
    let first = first.map(ToString::to_string).unwrap_or_default();
    say(&format!(
        "Serving on http://{address} until Ctrl-C; nothing is kept after that.

  Interactive docs   http://{address}/docs
  API key            {key}

Try it in another terminal:

  export MORTISE_KEY={key}
  curl -H \"Authorization: Bearer $MORTISE_KEY\" http://{address}/v1/candidates
  curl -H \"Authorization: Bearer $MORTISE_KEY\" 'http://{address}/v1/resumes/{first}/unified?format=json-resume'

Upload a résumé of your own (PDF, DOCX, ODT, RTF, text, Markdown or HTML), then ask for what it says:

  curl -H \"Authorization: Bearer $MORTISE_KEY\" -F file=@your-resume.pdf http://{address}/v1/resumes
  curl -H \"Authorization: Bearer $MORTISE_KEY\" http://{address}/v1/resumes/ID/unified"
    ))
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
