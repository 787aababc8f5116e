"""Points for years of work, and for each of the job's skills that the résumé names."""

import json

from wit_world import exports
from wit_world.exports.scoring import Contribution, ScoreResult
from wit_world.imports import config, log

# What years may give, and what skills may give.
HALF = 50.0


class Scoring(exports.Scoring):
    def score(self, context, candidate, job, answers):
        # What a tenant's admin has set; mortise-plugin.toml says what may be.
        points_per_year = json.loads(config.all()).get("points_per_year", 5)
        reasons = []
        years = candidate.years_of_experience
        if years is not None:
            points = min(years * points_per_year, HALF)
            reasons.append(Contribution("years", points, f"{int(years)} full years of work.", ["/work"]))
        for wanted in job.skills:
            for index, skill in enumerate(candidate.resume.skills):
                if names(skill, wanted):
                    points = HALF / len(job.skills)
                    reasons.append(Contribution("skill", points, f"Knows {wanted.name}.", [f"/skills/{index}"]))
                    break
        log.write(log.Level.INFO, f"{len(reasons)} reasons", [])
        # The value has to be the sum of its reasons.
        return ScoreResult(sum(reason.value for reason in reasons), reasons, None, None)


def names(skill, wanted):
    """Whether an entry of the résumé names the skill, by its name or by another spelling."""
    wanted_names = [name.lower() for name in [wanted.name, *wanted.aliases]]
    return any(word.lower() in wanted_names for word in [skill.name or "", *skill.keywords])
