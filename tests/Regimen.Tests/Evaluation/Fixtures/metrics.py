"""Writes metrics.json: small predictions with what scikit-learn measures of them.

    python3 metrics.py > metrics.json      (scikit-learn 1.2.1, numpy 1.24)
"""
import json
import warnings

import numpy as np
from sklearn import metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)


def floats(a):
    return [float(np.float32(x)) for x in np.ravel(a)]


def regression(name, target, predicted):
    target, predicted = np.float32(target), np.float32(predicted)
    t, p = np.float64(target), np.float64(predicted)
    outputs = 1 if t.ndim == 1 else t.shape[1]
    return {"name": name, "outputs": outputs, "target": floats(target), "predicted": floats(predicted), "metrics": {
        "rmse": float(m.mean_squared_error(t, p, squared=False)),
        "mae": float(m.mean_absolute_error(t, p)),
        "r2": float(m.r2_score(t, p))}}


def binary(name, target, logits, threshold=0.5):
    logits = np.float32(logits)
    labels = (np.float64(logits) > np.log(threshold / (1 - threshold))).astype(int)
    return {"name": name, "threshold": threshold, "target": [int(t) for t in target], "predicted": floats(logits), "metrics": {
        "accuracy": float(m.accuracy_score(target, labels)),
        "precision": float(m.precision_score(target, labels)),
        "recall": float(m.recall_score(target, labels)),
        "f1": float(m.f1_score(target, labels)),
        "auroc": float(m.roc_auc_score(target, logits)) if 0 < sum(target) < len(target) else None,
        "average_precision": float(m.average_precision_score(target, logits)) if sum(target) else 0.0}}


def multilabel(name, target, logits, threshold=0.5):
    logits = np.float32(logits)
    labels = (np.float64(logits) > np.log(threshold / (1 - threshold))).astype(int)
    return {"name": name, "labels": target.shape[1], "threshold": threshold, "target": floats(target), "predicted": floats(logits), "metrics": {
        "accuracy": float(m.accuracy_score(target, labels)),
        "precision_macro": float(m.precision_score(target, labels, average="macro")),
        "recall_macro": float(m.recall_score(target, labels, average="macro")),
        "f1_macro": float(m.f1_score(target, labels, average="macro")),
        "f1_micro": float(m.f1_score(target, labels, average="micro")),
        "auroc_macro": float(m.roc_auc_score(target, logits, average="macro")),
        "average_precision_macro": float(m.average_precision_score(target, logits, average="macro"))}}


t = rng.normal(3, 2, 37)
many = rng.normal([0, 1000, -5], [1, 30, 0.1], (23, 3))
truth = (rng.random(60) < 0.3).astype(int)
ties = np.round(rng.normal(truth, 1.0) * 2) / 2
flags = (rng.random((40, 4)) < [0.5, 0.2, 0.8, 0.4]).astype(int)
print(json.dumps({
    "regression": [
        regression("one output", t, t + rng.normal(0, 0.7, 37)),
        regression("three outputs of different scales", many, many + rng.normal(0, [0.5, 40, 0.02], (23, 3))),
        regression("far from zero", 1e6 + rng.normal(0, 1, 50), 1e6 + rng.normal(0, 1, 50)),
        regression("a constant target", np.full(9, 2.5), rng.normal(2.5, 1, 9)),
        regression("a constant target, met", np.full(4, 2.5), np.full(4, 2.5)),
    ],
    "binary": [
        binary("few ties", truth, rng.normal(truth * 1.5 - 1, 1.0)),
        binary("many ties", truth, ties),
        binary("another threshold", truth, ties, 0.7),
        binary("all equal", truth, np.zeros(60)),
        binary("perfect", truth, truth * 4.0 - 2),
        binary("no positive", np.zeros(12, int), rng.normal(0, 1, 12)),
        binary("only positives", np.ones(12, int), rng.normal(0, 1, 12)),
    ],
    "multilabel": [
        multilabel("four labels", flags, rng.normal(flags - 0.5, 0.8)),
        multilabel("another threshold", flags, np.round(rng.normal(flags - 0.5, 0.8) * 3) / 3, 0.3),
    ]}, indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"'))
