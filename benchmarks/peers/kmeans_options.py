"""Prints, as JSON, what faiss makes of k-means' options on small data: the cases of packages/kmeans/src/faiss-options.fixture.ts.

Usage: python kmeans_options.py
"""

import json

import faiss
import numpy as np

WIDTH = 3
faiss.omp_set_num_threads(1)


def points(n: int, seed: int) -> np.ndarray:
    """Draws of a Mersenne Twister as numbers from -2 to 2, row by row."""
    draws = np.random.RandomState(seed).randint(0, 2**32, n * WIDTH, dtype=np.uint32)
    return (4 * (draws / 2**32) - 2).astype(np.float32).reshape(n, WIDTH)


def weights(n: int, seed: int) -> np.ndarray:
    """Draws modulo 5, times 3/4: from 0 to 3."""
    draws = np.random.RandomState(seed).randint(0, 2**32, n, dtype=np.uint32)
    return ((draws % 5) * 0.75).astype(np.float32)


def train(n=60, k=5, niter=4, given=None, weighted=False, **params) -> dict:
    """One case; the points have seed 1, the weights seed 2."""
    clustering = faiss.Clustering(WIDTH, k)
    clustering.niter = niter
    clustering.min_points_per_centroid = 1
    for name, value in params.items():
        setattr(clustering, name, value)
    if given is not None:
        faiss.copy_array_to_vector(np.asarray(given, np.float32).ravel(), clustering.centroids)
    index = faiss.IndexFlatIP(WIDTH) if clustering.spherical else faiss.IndexFlatL2(WIDTH)
    clustering.train(points(n, 1), index, weights=weights(n, 2) if weighted else None)
    # With several runs, faiss's figures go on up to the best run.
    stats = [clustering.iteration_stats.at(i) for i in range(clustering.iteration_stats.size())][-niter:]
    return {
        "given": None if given is None else [float(np.float32(v)) for v in np.asarray(given, np.float32).ravel()],
        "centroids": [float(np.float32(v)) for v in faiss.vector_to_array(clustering.centroids)],
        "objective": [s.obj for s in stats],
        "splits": [s.nsplit for s in stats],
        "imbalance": [s.imbalance_factor for s in stats],
    }


X = points(60, 1)
FAR = [[40, 0, 0], [0, 50, 0]]
# Points that are drawn with seed 7 as well: as frozen ones they leave the drawn ones nothing.
DRAWN = np.float32(train(k=6, niter=0, seed=7)["centroids"]).reshape(6, WIDTH)[2:5]
CASES = {
    "weights": train(weighted=True, seed=3),
    "weights, clusters to split": train(weighted=True, given=[X[0], X[1], X[0], X[0], X[1]]),
    "weights of a subset": train(weighted=True, k=4, max_points_per_centroid=9, seed=5),
    "given, the rest drawn": train(k=6, given=X[:2] + 1, seed=7),
    "frozen": train(k=6, given=X[:2] + 1, seed=7, frozen_centroids=True),
    "frozen, some without points, drawn ones too": train(n=30, k=12, given=[*FAR, X[4], X[9] + 0.01], seed=8, frozen_centroids=True),
    "frozen, others to split": train(k=6, given=DRAWN, seed=7, frozen_centroids=True),
    "frozen, weights, others to split": train(k=6, given=DRAWN, seed=7, frozen_centroids=True, weighted=True),
    "frozen, restarts": train(k=6, given=X[:2] + 1, seed=7, frozen_centroids=True, nredo=3),
    "frozen, spherical": train(k=6, given=X[:2] + 1, seed=7, frozen_centroids=True, spherical=True),
    "frozen, weights": train(k=6, weighted=True, given=X[:2] + 1, seed=7, frozen_centroids=True),
    "tolerance": train(niter=25, early_stop_threshold=0.02, seed=9),
    "tolerance, spherical": train(niter=25, early_stop_threshold=0.02, seed=9, spherical=True),
}

if __name__ == "__main__":
    print(json.dumps(CASES, indent=1))
