"""Fits a straight line to made points around y = 2x + 1. Needs nothing but Python 3."""
import json
import os
import random

with open(os.environ["NOVACRON_INPUTS"], encoding="utf-8") as file:
    params = json.load(file)["params"]

rng = random.Random(params["seed"])
xs = [rng.uniform(0, 5) for _ in range(params["points"])]
ys = [2 * x + 1 + rng.gauss(0, 0.1) for x in xs]

mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / sum((x - mean_x) ** 2 for x in xs)
intercept = mean_y - slope * mean_x

with open(os.path.join(os.environ["NOVACRON_ARTIFACTS"], "line.json"), "w", encoding="utf-8") as file:
    json.dump({"slope": slope, "intercept": intercept}, file)
with open(os.environ["NOVACRON_OUTPUTS"], "w", encoding="utf-8") as file:
    # The name of a file under NOVACRON_ARTIFACTS becomes a reference to it.
    json.dump({"slope": slope, "intercept": intercept, "line": "line.json"}, file)
print(f"{len(xs)} made points, slope {slope:.3f}, intercept {intercept:.3f}")
