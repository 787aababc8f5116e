// Points for years of work, and for each of the job's skills that the résumé names.

import config from 'mortise:plugin/config@0.1.0';
import log from 'mortise:plugin/log@0.1.0';

// What years may give, and what skills may give.
const HALF = 50;

export const scoring = {
  score(context, candidate, job, answers) {
    // What a tenant's admin has set; mortise-plugin.toml says what may be.
    const { points_per_year = 5 } = JSON.parse(config.all());
    const contributions = [];
    const years = candidate.yearsOfExperience;
    if (years !== null) {
      const value = Math.min(years * points_per_year, HALF);
      const message = `${Math.floor(years)} full years of work.`;
      contributions.push({ code: 'years', value, message, evidence: ['/work'] });
    }
    for (const wanted of job.skills) {
      const index = candidate.resume.skills.findIndex((skill) => names(skill, wanted));
      if (index >= 0) {
        const value = HALF / job.skills.length;
        const evidence = [`/skills/${index}`];
        contributions.push({ code: 'skill', value, message: `Knows ${wanted.name}.`, evidence });
      }
    }
    log.write('info', `${contributions.length} reasons`, []);
    // The value has to be the sum of its reasons.
    const value = contributions.reduce((sum, reason) => sum + reason.value, 0);
    return { value, contributions, label: null, extraJson: null };
  },
};

// Whether an entry of the résumé names the skill, by its name or by another spelling.
function names(skill, wanted) {
  const wantedNames = [wanted.name, ...wanted.aliases].map((name) => name.toLowerCase());
  return [skill.name ?? '', ...skill.keywords].some((word) => wantedNames.includes(word.toLowerCase()));
}
