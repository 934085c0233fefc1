"""Optuna's multivariate TPE on a function of the tests: 50 trials with the next seed for each call, or one proposal after 99 results."""
import os
import sys
import time

from peer import ROOT, need, options, say

need("optuna")
sys.path.insert(0, os.path.join(ROOT, "..", "..", "tests", "Regimen.Tests", "Search"))
import optuna_reference as reference  # noqa: E402

chosen = options()
function = getattr(reference, chosen["function"])
say("ready")
seed = 0
if chosen["measure"] == "time":
    study = reference.study_of(1)
    study.optimize(function, n_trials=99)
for _ in sys.stdin:
    if chosen["measure"] == "regret":
        say((reference.best(function, seed) - reference.MINIMA[function.__name__]) * 1000)
        seed += 1
    else:
        start = time.perf_counter()
        trial = study.ask()
        function(trial)
        say((time.perf_counter() - start) * 1e6)
        study.tell(trial, state=reference.optuna.trial.TrialState.FAIL)
