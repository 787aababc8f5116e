//! What a list of candidates can be asked for, and how it is answered: from the index when something is searched for.

use std::collections::{BTreeMap, HashMap};

use axum::http::Uri;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Filter};
use super::views::CandidateSummary;
use super::{Candidate, Level, details, indexing};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::Reach;
use crate::http::body::Params;
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{CandidateId, JobId, StageId};
use crate::permissions::Permission;
use crate::resources::search::document::{Facet, Field};
use crate::resources::search::finding::{Key, START, Search, Sort};
use crate::resources::search::query::Query;
use crate::services::Services;
use crate::words;

/// Which candidates. Beside these, `custom.<key>=<value>` for a custom field, as often as you like.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CandidateParams {
    /// Full text over profile and résumé: words that must all be there, `"phrases"`, and `-` before what must not. Case and
    /// accents do not matter.
    #[param(example = "\"site reliability\" kubernetes -manager")]
    q: Option<String>,
    /// With this skill, by any of its names. May be repeated.
    #[serde(default)]
    #[param(example = json!(["rust"]))]
    skill: Vec<String>,
    /// Whether all skills are asked for, or any will do.
    #[serde(default)]
    #[param(inline)]
    skill_mode: SkillMode,
    /// Words of the place: city, region, postal code, country.
    #[param(example = "Berlin")]
    location: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[param(example = "DE")]
    country: Option<String>,
    experience_level: Option<Level>,
    /// Who has worked this many years at least.
    #[param(minimum = 0, maximum = 80)]
    min_years: Option<u32>,
    /// Words of a post they had.
    #[param(example = "data engineer")]
    title: Option<String>,
    /// Words of a company they worked for.
    company: Option<String>,
    /// Words of a school they went to.
    school: Option<String>,
    /// Words of a degree or its subject.
    degree: Option<String>,
    /// A language they speak, as the résumé names it.
    language: Option<String>,
    /// With this tag, whatever its case. May be repeated.
    #[serde(default)]
    tag: Vec<String>,
    /// From this source.
    source: Option<String>,
    /// With an application for this job.
    job_id: Option<JobId>,
    /// With an active application in this stage.
    stage_id: Option<StageId>,
    /// Made after this instant.
    created_after: Option<DateTime<Utc>>,
    /// Changed after this instant; without a search in the order of their changes: to keep a copy. Changes may become visible
    /// out of order, so ask the next time from a minute before the last `updated_at` you saw; what you have seen comes again
    /// with the same version.
    updated_after: Option<DateTime<Utc>>,
    /// Also those that were deleted or merged; they have `deleted_at`, and nothing of the person. Not with a search.
    #[serde(default)]
    #[param(default = false)]
    include_deleted: bool,
    /// With this e-mail address, whatever its case. Not with a search.
    #[param(example = "ada@example.com")]
    email: Option<String>,
    /// With a phone number of these digits. Not with a search.
    #[param(example = "442079460000")]
    phone: Option<String>,
    /// `relevance` with `q`, else `-created_at`, if nothing is said.
    #[param(inline)]
    sort: Option<SortBy>,
    /// What to count over the newest 10,000 that were found, with commas between: `skill,location`.
    #[param(example = "skill,location")]
    facets: Option<String>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkillMode {
    #[default]
    All,
    Any,
}

/// What comes first. `relevance`: who has all words of `q` in name, headline or present post, then who has one there, then the
/// same for skills, posts, companies and studies, then everybody else; the newest first within each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum SortBy {
    #[serde(rename = "relevance")]
    Relevance,
    #[serde(rename = "-created_at")]
    Newest,
    #[serde(rename = "created_at")]
    Oldest,
    #[serde(rename = "-updated_at")]
    LatestChange,
    #[serde(rename = "updated_at")]
    FirstChange,
    #[serde(rename = "-years")]
    MostExperience,
    #[serde(rename = "years")]
    LeastExperience,
}

impl SortBy {
    fn sort(self) -> Sort {
        match self {
            SortBy::Relevance => Sort::Relevance,
            SortBy::Newest => Sort::Newest,
            SortBy::Oldest => Sort::Oldest,
            SortBy::LatestChange => Sort::LatestChange,
            SortBy::FirstChange => Sort::FirstChange,
            SortBy::MostExperience => Sort::MostExperience,
            SortBy::LeastExperience => Sort::LeastExperience,
        }
    }
}

/// A value and how many have it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetCount {
    #[schema(example = "rust")]
    pub value: String,
    #[schema(example = 12)]
    pub count: i64,
}

/// What was counted.
pub type Facets = BTreeMap<Facet, Vec<FacetCount>>;

/// The list as it was asked for.
pub(super) struct Asked {
    params: CandidateParams,
    custom: Vec<(String, String)>,
}

const CUSTOM: &str = "custom.";

impl Asked {
    /// Reads the query string: the names of custom fields are the tenant's.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub(super) fn read(uri: &Uri) -> Result<Self> {
        let query = uri.query().unwrap_or_default();
        if query.contains("%00") {
            let detail = "a parameter cannot hold the character U+0000";
            return Err(Error::invalid("query", "null_character", detail));
        }
        let (custom, others): (Vec<&str>, Vec<&str>) =
            query.split('&').filter(|part| !part.is_empty()).partition(|part| part.starts_with(CUSTOM));
        let Params(params) = Params::read(&others.join("&"))?;
        let custom = custom.join("&");
        let custom = url::form_urlencoded::parse(custom.as_bytes());
        let custom = custom.map(|(key, value)| (key[CUSTOM.len()..].to_owned(), value.into_owned()));
        Ok(Self { params, custom: custom.collect() })
    }

    /// Whether the index is needed.
    fn is_search(&self) -> bool {
        let p = &self.params;
        let texts = [
            &p.q,
            &p.location,
            &p.country,
            &p.title,
            &p.company,
            &p.school,
            &p.degree,
            &p.language,
            &p.facets,
        ];
        texts.into_iter().any(Option::is_some)
            || !(p.skill.is_empty() && self.custom.is_empty())
            || p.tag.len() > 1
            || p.experience_level.is_some()
            || p.min_years.is_some()
            || p.job_id.is_some()
            || p.stage_id.is_some()
            || p.sort.is_some()
    }

    /// Answers it.
    ///
    /// # Errors
    /// `Forbidden`, `Invalid`.
    pub(super) async fn answer(
        self,
        services: &Services,
        caller: &Caller,
        uri: &Uri,
    ) -> Result<(Page<CandidateSummary>, Option<Facets>)> {
        if self.is_search() {
            self.search(services, caller, uri).await
        } else {
            self.list(services, caller, uri).await
        }
    }

    async fn list(
        self,
        services: &Services,
        caller: &Caller,
        uri: &Uri,
    ) -> Result<(Page<CandidateSummary>, Option<Facets>)> {
        let CandidateParams {
            created_after,
            updated_after,
            include_deleted,
            email,
            phone,
            tag,
            source,
            limit,
            cursor,
            ..
        } = self.params;
        let tag = tag.into_iter().next();
        let filter = Filter { created_after, include_deleted, email, phone, tag, source }.checked()?;
        let list = list_name(caller.tenant, uri);
        let order = PageParams { limit, cursor }.order(&services.keys, &list, updated_after)?;
        let (mut tx, reach) = services.db.read_within(caller, Permission::CandidateRead).await?;
        let rows = listing::store::list(&mut tx, &reach, &filter, order).await?;
        tx.commit().await?;
        let key = |row: &Candidate| (row.updated_at, row.id.uuid());
        Ok((Page::in_order(rows, order, &services.keys, &list, uri, key, CandidateSummary::of), None))
    }

    async fn search(
        self,
        services: &Services,
        caller: &Caller,
        uri: &Uri,
    ) -> Result<(Page<CandidateSummary>, Option<Facets>)> {
        let p = &self.params;
        let refused = [
            ("include_deleted", p.include_deleted),
            ("email", p.email.is_some()),
            ("phone", p.phone.is_some()),
        ];
        if let Some((name, _)) = refused.iter().find(|(_, is_given)| *is_given) {
            let detail = "this goes with a plain list, not with a search; leave one of both out";
            return Err(Error::invalid(*name, "not_with_a_search", detail));
        }
        let mut search = self.asked_for()?;
        let kinds = facets(p.facets.as_deref())?;
        let list = list_name(caller.tenant, uri);
        let page = PageParams { limit: p.limit, cursor: p.cursor.clone() };
        let position = page.position_from(&services.keys, &list, START)?;
        let sort =
            p.sort.map_or(if search.query.is_some() { Sort::Relevance } else { Sort::Newest }, SortBy::sort);

        let (mut tx, reach) = services.db.read_within(caller, Permission::CandidateRead).await?;
        search.among = self.among(&mut tx, &reach).await?;
        let found = search.page(&mut tx, sort, position.after, position.fetch()).await?;
        let counted = match kinds.is_empty() {
            true => None,
            false => Some(search.facets(&mut tx, &kinds).await?),
        };
        let rows = read(&mut tx, &reach, &found).await?;
        let snippets = match &search.query {
            Some(query) => {
                let candidates: Vec<_> = rows.iter().map(|(candidate, _)| candidate).collect();
                indexing::snippets(&mut tx, query, &candidates).await?
            }
            None => HashMap::new(),
        };
        tx.commit().await?;
        let key = |row: &(Candidate, Key)| row.1;
        let view = |(candidate, _): (Candidate, Key)| CandidateSummary {
            highlight: snippets.get(&candidate.id).cloned(),
            ..CandidateSummary::of(candidate)
        };
        let page = Page::of(rows, position, &services.keys, &list, uri, key, view);
        Ok((page, counted.map(counts)))
    }

    fn asked_for(&self) -> Result<Search> {
        let p = &self.params;
        let texts = [
            (Field::Place, "location", &p.location),
            (Field::Title, "title", &p.title),
            (Field::Company, "company", &p.company),
            (Field::School, "school", &p.school),
            (Field::Degree, "degree", &p.degree),
        ];
        let mut search = Search {
            query: p.q.as_deref().map(Query::parse).transpose()?,
            skills: p.skill.clone(),
            any_skill: p.skill_mode == SkillMode::Any,
            least_months: i64::from(p.min_years.unwrap_or(0)) * 12,
            created_after: p.created_after,
            updated_after: p.updated_after,
            ..Search::default()
        };
        if p.min_years.is_some_and(|years| years > 80) {
            return Err(Error::invalid("min_years", "out_of_range", "0 to 80 years"));
        }
        if p.skill.len() > MOST_VALUES || p.tag.len() > MOST_VALUES || self.custom.len() > MOST_VALUES {
            let detail = format!("at most {MOST_VALUES} of a parameter");
            return Err(Error::invalid("query", "too_many", detail));
        }
        for (field, name, text) in texts {
            let Some(text) = text else { continue };
            if text.chars().count() > 200 {
                return Err(Error::invalid(name, "too_long", "at most 200 characters"));
            }
            search.texts.push((field, text.clone()));
        }
        let mut property = |field, value: String| search.properties.push((field, value));
        p.country.iter().for_each(|country| property(Field::Country, words::key(country)));
        p.language.iter().for_each(|language| property(Field::Language, words::key(language)));
        p.experience_level.iter().for_each(|level| property(Field::Level, fields::word(level)));
        p.source.iter().for_each(|source| property(Field::Source, source.to_lowercase()));
        p.tag.iter().for_each(|tag| property(Field::Tag, details::tag_key(tag)));
        self.custom.iter().for_each(|(key, value)| property(Field::Custom, indexing::custom(key, value)));
        Ok(search)
    }

    /// Whom the caller's roles and the job leave.
    async fn among(&self, tx: &mut Tx, reach: &Reach) -> Result<Option<Vec<CandidateId>>> {
        let p = &self.params;
        if p.job_id.is_none() && p.stage_id.is_none() && matches!(reach, Reach::Everywhere) {
            return Ok(None);
        }
        Ok(Some(listing::store::list_applicants(tx, reach, p.job_id, p.stage_id).await?))
    }
}

/// Of skills, tags, custom fields.
const MOST_VALUES: usize = 20;

fn facets(names: Option<&str>) -> Result<Vec<Facet>> {
    let names = names.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = |name: &str| Facet::EVERY.into_iter().find(|facet| facet.as_str() == name);
    let all: Vec<_> = Facet::EVERY.iter().map(|facet| facet.as_str()).collect();
    let unknown =
        || Error::invalid("facets", "unknown_facet", format!("what can be counted: {}", all.join(", ")));
    names.map(|name| known(name).ok_or_else(unknown)).collect()
}

/// What was found, read from where it is kept, in the order in which it was found. Who was changed in between and is gone
/// is left out.
async fn read(tx: &mut Tx, reach: &Reach, found: &[(CandidateId, Key)]) -> Result<Vec<(Candidate, Key)>> {
    let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
    let mut known: BTreeMap<_, _> =
        listing::store::list_some(tx, reach, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
    Ok(found.iter().filter_map(|(id, key)| Some((known.remove(id)?, *key))).collect())
}

fn counts(facets: BTreeMap<Facet, Vec<(String, i64)>>) -> Facets {
    let count = |(value, count)| FacetCount { value, count };
    facets.into_iter().map(|(facet, values)| (facet, values.into_iter().map(count).collect())).collect()
}
