//! Scoring a batch of applications: what is to be asked is read, the rules are asked outside of any transaction, and what
//! came of it is written where nothing has changed meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::inputs::{self, AskedJobs};
use super::shadows::ShadowScore;
use super::{ApplicationScore, Status, store, weighted};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::hooks::{Call, Kind, Outcome, PluginRef, Ran};
use crate::ids::{ApplicationId, RunId, ScoreId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::applications::{self, Application};
use crate::resources::plugin_bindings::{self, Rule};
use crate::resources::plugins::rollouts::Beside;
use crate::resources::plugins::using::{self, Handle};
use crate::resources::score_requests::ScoreApplications;
use crate::resources::{candidates, events, plugin_runs};
use crate::scoring::{Score, ScoringInput, settings_hash};
use crate::services::Services;
use crate::tasks::{self, Stop, When};

/// How long a batch waits when every sandbox is taken.
const BUSY: Duration = Duration::from_secs(2);

/// An application about to be scored, and what is known of it so far.
struct Entry {
    application: Application,
    /// What the input was made of; another version of the candidate would make another one.
    candidate_version: i64,
    kept: Vec<ApplicationScore>,
    made: Vec<Made>,
}

/// One rule's score of it.
struct Made {
    score: ApplicationScore,
    /// The score as it is kept stands.
    is_kept: bool,
    /// Every call that was made for it; the last one counts.
    ran: Vec<(RunId, Ran<()>)>,
    /// Who is asked the same once it is kept.
    beside: Option<Beside>,
}

/// One question to one rule, and whose answer it is.
#[derive(Clone)]
struct Question {
    entry: usize,
    made: usize,
    input: ScoringInput,
}

/// Those who share a rule and its settings are asked in one go.
struct Group {
    plugin: PluginRef,
    /// Of the tenant's own.
    handle: Option<Handle>,
    rule: Rule,
    /// Whom to ask where a canary has no answer, with its settings.
    instead: Option<(Handle, Rule)>,
    questions: Vec<Question>,
}

/// Of the tenant's own rules those to ask about each application, by both.
type Chosen = BTreeMap<(ApplicationId, String), Vec<Handle>>;

/// The rule with the settings of its plugin, where its binding says nothing else.
pub(crate) fn set_up(rule: &Rule, handle: &Handle) -> Rule {
    let mut config = handle.config();
    config.extend(rule.config.as_ref().clone());
    Rule { config: Arc::new(config), ..rule.clone() }
}

/// Scores applications by the rules that are bound now. Those that are gone are left out, and without force those that have
/// ended, and rules that were given the same before.
///
/// # Errors
/// `Snooze` while every sandbox is taken; the database's.
pub(crate) async fn score(
    services: &Services,
    caller: &Caller,
    ids: &[ApplicationId],
    is_forced: bool,
) -> Result<(), Stop> {
    let (mut entries, groups) = prepare(services, caller, ids, is_forced).await?;
    for group in groups {
        let mut next = Some(group);
        while let Some(group) = next {
            next = ask(services, caller, &mut entries, group).await?;
        }
    }
    Ok(save(services, caller, entries, is_forced).await?)
}

async fn prepare(
    services: &Services,
    caller: &Caller,
    ids: &[ApplicationId],
    is_forced: bool,
) -> Result<(Vec<Entry>, Vec<Group>)> {
    let chosen = choose(services, caller, ids).await?;
    let mut tx = services.db.read(caller, Permission::ScoreRead).await?;
    let mut jobs = AskedJobs::default();
    let (mut entries, mut groups) = (Vec::new(), BTreeMap::new());
    for id in ids {
        let Some(application) = applications::store::find(&mut tx, *id).await? else { continue };
        if !is_forced && application.outcome != applications::Outcome::Active {
            continue;
        }
        let Some(applicant) = inputs::applicant(&mut tx, &application).await? else { continue };
        let asked = jobs.get(&mut tx, application.job_id).await?;
        let kept = store::list(&mut tx, *id).await?;
        let candidate_version = applicant.candidate.version;
        let mut entry = Entry { application, candidate_version, kept, made: Vec::new() };
        for rule in &asked.rules {
            let own = chosen.get(&(*id, rule.plugin.clone())).map(Vec::as_slice).unwrap_or_default();
            let (handle, instead) = (own.first(), own.get(1));
            let instead = instead.map(|handle| (handle.clone(), set_up(rule, handle)));
            let rule = &handle.map_or_else(|| rule.clone(), |handle| set_up(rule, handle));
            let input = inputs::input(&entry.application, &applicant, asked, rule);
            let plugin = match handle {
                Some(handle) => Some(handle.plugin.clone()),
                None => services.hooks.named(Kind::ScoringRule, &rule.plugin).map(|(plugin, _)| plugin),
            };
            let (made, question) = entry.consider(services, rule, plugin, input, is_forced);
            if let Some((plugin, input)) = question {
                let key = (plugin.digest.clone(), settings_hash(&rule.config));
                let group: &mut Group = groups.entry(key).or_insert_with(|| Group {
                    plugin,
                    handle: handle.cloned(),
                    rule: rule.clone(),
                    instead,
                    questions: Vec::new(),
                });
                group.questions.push(Question { entry: entries.len(), made: entry.made.len(), input });
            }
            entry.made.push(made);
        }
        entries.push(entry);
    }
    tx.commit().await?;
    Ok((entries, groups.into_values().collect()))
}

/// Which versions of the tenant's own rules are asked about which application, ready to be asked.
async fn choose(services: &Services, caller: &Caller, ids: &[ApplicationId]) -> Result<Chosen> {
    let mut tx = services.db.read(caller, Permission::PluginBindingRead).await?;
    let bound = plugin_bindings::store::list_scoring(&mut tx).await?;
    tx.commit().await?;
    let is_bound = |name: &str| bound.iter().any(|binding| binding.plugin == name);
    let own = using::in_use(services, caller, Kind::ScoringRule, |manifest| is_bound(&manifest.id)).await?;
    let mut chosen = Chosen::new();
    for plugin in &own {
        for id in ids {
            let handles = plugin.about(services, caller, Some(&id.to_string())).await?;
            for handle in &handles {
                using::prepare(services, caller, handle).await?;
            }
            chosen.insert((*id, plugin.name().to_owned()), handles);
        }
    }
    Ok(chosen)
}

impl Entry {
    /// Whether nobody else has scored it since it was read: of two who do at once, one may have read what is no longer so.
    fn is_still_known(&self, now: &[ApplicationScore]) -> bool {
        let runs = |scores: &[ApplicationScore]| -> Vec<_> {
            scores.iter().map(|score| (score.id, score.run_id, score.scored_at)).collect()
        };
        runs(now) == runs(&self.kept)
    }

    /// What is known before anybody is asked, and what is to be asked.
    fn consider(
        &self,
        services: &Services,
        rule: &Rule,
        plugin: Option<PluginRef>,
        input: Option<ScoringInput>,
        is_forced: bool,
    ) -> (Made, Option<(PluginRef, ScoringInput)>) {
        let before = self.kept.iter().find(|kept| kept.binding_id == rule.binding);
        let id = before.map_or_else(|| ScoreId::new(&services.clock), |kept| kept.id);
        let mut score = ApplicationScore::new(id, self.application.id, rule, services.clock.now());
        let skipped = |mut score: ApplicationScore, code: &str, detail: &str| {
            score.skip(code, detail);
            let is_kept = before.is_some_and(|kept| {
                kept.status == Status::Skipped && kept.error_code.as_deref() == Some(code)
            });
            (Made { score, is_kept, ran: Vec::new(), beside: None }, None)
        };
        let Some(plugin) = plugin else {
            return skipped(score, "plugin_not_installed", "The rule is not installed.");
        };
        let Some(input) = input else {
            return skipped(score, "no_resume", "No résumé of the candidate has been read yet.");
        };
        score.version = Some(plugin.version.clone());
        score.digest = Some(plugin.digest.clone());
        score.input_hash = input.hash();
        match before.filter(|kept| !is_forced && kept.answers(&plugin, rule, &score.input_hash)) {
            Some(kept) => (Made { score: kept.clone(), is_kept: true, ran: Vec::new(), beside: None }, None),
            None => (Made { score, is_kept: false, ran: Vec::new(), beside: None }, Some((plugin, input))),
        }
    }
}

/// Asks a group; answers whom to ask next about what has no answer.
async fn ask(
    services: &Services,
    caller: &Caller,
    entries: &mut [Entry],
    group: Group,
) -> Result<Option<Group>, Stop> {
    let Group { plugin, handle, rule, instead, questions } = group;
    // What is asked once is not kept for a second time.
    let mut again = if instead.is_some() { questions.clone() } else { Vec::new() };
    let places: Vec<_> = questions.iter().map(|question| (question.entry, question.made)).collect();
    let inputs = questions.into_iter().map(|question| question.input).collect();
    let call = Call { tenant: caller.tenant, invocation: services.clock.uuid(), dry_run: false };
    let answers = services.hooks.score_all(&plugin, call, Arc::clone(&rule.config), inputs).await;
    for ((entry, made), mut ran) in places.into_iter().zip(answers) {
        if ran.result.as_ref().is_err_and(|failure| failure.outcome == Outcome::Refused && failure.retryable)
        {
            return Err(Stop::Snooze(BUSY));
        }
        ran.drop_nulls();
        if let Some(handle) = &handle {
            using::settle(services, caller, handle, &ran).await?;
        }
        if ran.result.is_ok() {
            again.retain(|question| (question.entry, question.made) != (entry, made));
        }
        entries[entry].made[made].take(services, handle.as_ref(), ran);
    }
    let Some((handle, rule)) = instead.filter(|_| !again.is_empty()) else { return Ok(None) };
    for question in &again {
        entries[question.entry].made[question.made].begin_again(services, &handle.plugin, &rule);
    }
    let plugin = handle.plugin.clone();
    Ok(Some(Group { plugin, handle: Some(handle), rule, instead: None, questions: again }))
}

impl Made {
    fn take(&mut self, services: &Services, handle: Option<&Handle>, ran: Ran<Score>) {
        let run = RunId::new(&services.clock);
        let Ran { result, record } = ran;
        self.score.run_id = Some(run);
        self.score.fuel = record.fuel.map(|fuel| i64::try_from(fuel).unwrap_or(i64::MAX));
        let result = match result {
            Ok(score) => {
                self.score.succeed(score);
                self.beside = handle.and_then(|handle| handle.beside(services, run));
                Ok(())
            }
            Err(failure) => {
                self.score.fail(failure.clone());
                Err(failure)
            }
        };
        self.ran.push((run, Ran { result, record }));
    }

    /// Another version is asked the same, with its own settings.
    fn begin_again(&mut self, services: &Services, plugin: &PluginRef, rule: &Rule) {
        let before = &self.score;
        let mut score = ApplicationScore::new(before.id, before.application_id, rule, services.clock.now());
        score.version = Some(plugin.version.clone());
        score.digest = Some(plugin.digest.clone());
        score.input_hash.clone_from(&before.input_hash);
        self.score = score;
    }
}

async fn save(services: &Services, caller: &Caller, mut entries: Vec<Entry>, is_forced: bool) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    // One order for all, or two batches could wait for each other.
    entries.sort_by_key(|entry| entry.application.candidate_id);
    let mut tx = services.db.begin(caller, Permission::ScoreWrite).await?;
    let mut again = Vec::new();
    for entry in entries {
        let candidate = entry.application.candidate_id;
        let is_there = !candidates::store::lock(&mut tx, [candidate, candidate]).await?.is_empty();
        let is_same = is_there
            && store::find_candidate_version(&mut tx, candidate).await? == Some(entry.candidate_version)
            && applications::store::find(&mut tx, entry.application.id).await?.is_some()
            && entry.is_still_known(&store::list(&mut tx, entry.application.id).await?);
        record_runs(&mut tx, services, &entry, is_same).await?;
        if is_same {
            save_one(&mut tx, services, entry).await?;
        } else if is_there {
            again.push(entry.application.id);
        }
    }
    if !again.is_empty() {
        let task = ScoreApplications { applications: again, is_forced };
        tasks::enqueue(&mut tx, &services.clock, &task, When::now()).await?;
    }
    tx.commit().await
}

/// Of somebody who was changed or erased meanwhile nothing is kept that a plugin wrote down.
async fn record_runs(tx: &mut Tx, services: &Services, entry: &Entry, is_same: bool) -> Result<()> {
    let subject = entry.application.id.to_string();
    for (run, ran) in entry.made.iter().flat_map(|made| &made.ran) {
        let mut record = ran.record.clone();
        if !is_same {
            record.log_tail.clear();
        }
        let code = ran.result.as_ref().err().map(|failure| failure.code.as_str());
        plugin_runs::store::insert(tx, *run, &subject, &record, code, services.clock.now()).await?;
    }
    Ok(())
}

async fn save_one(tx: &mut Tx, services: &Services, entry: Entry) -> Result<()> {
    let Entry { application, kept, made, .. } = entry;
    let stays = |kept: &ApplicationScore| made.iter().any(|made| made.is_kept && made.score.id == kept.id);
    let goes: Vec<_> = kept.iter().filter(|kept| !stays(kept)).map(|kept| kept.id).collect();
    let is_new = |made: &&Made| !made.is_kept;
    if goes.is_empty() && made.iter().filter(is_new).count() == 0 {
        return Ok(());
    }
    store::delete_all(tx, &goes).await?;
    for made in made.iter().filter(is_new) {
        store::insert(tx, &made.score).await?;
    }
    let beside = made.iter().filter_map(|made| {
        let task = ShadowScore { score: made.score.id, beside: made.beside? };
        Some((task, When::now()))
    });
    tasks::enqueue_all(tx, &services.clock, beside).await?;
    let score = weighted(made.iter().map(|made| &made.score));
    let now = services.clock.now();
    store::update_application(tx, application.id, score, now).await?;
    let count = |status| made.iter().filter(|made| made.score.status == status).count();
    if score.is_some() || application.score.is_some() {
        let payload = json!({
            "application_id": application.id, "candidate_id": application.candidate_id, "job_id": application.job_id,
            "score": score.map(super::wire::shown), "scored": count(Status::Scored),
            "skipped": count(Status::Skipped), "failed": count(Status::Failed),
        });
        events::record(tx, &services.clock, events::Kind::ApplicationScored, application.id, payload).await?;
    }
    Ok(())
}
