"""Prints what Optuna's multivariate TPE reaches with 50 trials and 30 seeds on the functions of SearchFunctions.cs: a JSON object with the best
value of each seed, by the name of the function. Written with Debian's python3-optuna 3.1.0; run with another first seed as the argument for
another sample."""
import json
import math
import sys
import warnings

import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
TRIALS, SEEDS = 50, 30


def branin(t):
    x, y = t.suggest_float("x", -5, 10), t.suggest_float("y", 0, 15)
    bend = y - 5.1 / (4 * math.pi ** 2) * x * x + 5 / math.pi * x - 6
    return bend * bend + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(t):
    x = [t.suggest_float(f"x{i}", 0, 1) for i in range(1, 7)]
    a = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    p = [[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
         [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]]
    return -sum(w * math.exp(-sum(a[i][j] * (x[j] - p[i][j]) ** 2 for j in range(6))) for i, w in enumerate([1.0, 1.2, 3.0, 3.2]))


def mixed(t):
    loss, exponent = {"sgd": (0.25, -0.5), "momentum": (0.10, -1.5), "adamw": (0.0, -3.0), "lion": (0.05, -4.0)}[
        t.suggest_categorical("optimizer", ["sgd", "momentum", "adamw", "lion"])]
    lr = math.log10(t.suggest_float("lr", 1e-5, 1, log=True)) - exponent
    layers = t.suggest_int("layers", 1, 7, step=2)
    hidden = {"32": 0.3, "64": 0.15, "128": 0.05, "256": 0.0, "512": 0.08}[t.suggest_categorical("hidden", ["32", "64", "128", "256", "512"])]
    dropout = t.suggest_float("dropout", 0, 0.6) - 0.05 * layers
    activation = {"relu": 0.03, "gelu": 0.0, "tanh": 0.12}[t.suggest_categorical("activation", ["relu", "gelu", "tanh"])]
    return loss + 0.3 * lr * lr + 0.02 * (layers - 5) ** 2 + 2 * dropout * dropout + hidden + activation


MINIMA = {"branin": 0.39788735772973816, "hartmann6": -3.322368011391339, "mixed": 0.0}


def study_of(seed):
    return optuna.create_study(sampler=optuna.samplers.TPESampler(multivariate=True, seed=seed))


def best(function, seed):
    study = study_of(seed)
    study.optimize(function, n_trials=TRIALS)
    return study.best_value


if __name__ == "__main__":
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    json.dump({f.__name__: [best(f, seed) for seed in range(first, first + SEEDS)] for f in (branin, hartmann6, mixed)}, sys.stdout, indent=1)
    print()
