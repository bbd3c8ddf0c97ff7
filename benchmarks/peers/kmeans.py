"""k-means by faiss or scikit-learn: python kmeans.py '<clustering as JSON>' <file of points> <threads> faiss|faiss-super|sklearn."""
import json
import sys
import warnings

import numpy
from protocol import serve

given = json.loads(sys.argv[1])
n, width, clusters = given["points"], given["width"], given["clusters"]
iterations, restarts = given["iterations"], given["restarts"]
points = numpy.fromfile(sys.argv[2], dtype=numpy.float32).reshape(n, width)
threads = int(sys.argv[3])


def normalized(rows):
    return rows / numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


if sys.argv[4].startswith("faiss"):
    import faiss

    faiss.omp_set_num_threads(threads)
    version = f"faiss {faiss.__version__}"

    def cluster(rows, k, level):
        """Centroids, the assignment, and the mean squared distance; of several runs, the least before an update."""
        clustering = faiss.Clustering(width, k)
        clustering.niter = iterations
        clustering.nredo = restarts
        clustering.seed = level
        clustering.use_super_kmeans = sys.argv[4] == "faiss-super"
        clustering.min_points_per_centroid = 1
        clustering.max_points_per_centroid = len(rows)
        if restarts == 1:
            faiss.copy_array_to_vector(rows[:k].ravel(), clustering.centroids)
        index = faiss.IndexFlatL2(width)
        clustering.train(rows, index)
        distances, assignment = index.search(rows, 1)
        objective = distances.sum(dtype=numpy.float64)
        if restarts > 1:
            stats = clustering.iteration_stats
            objective = min(stats.at(i).obj for i in range(stats.size()))
        centroids = faiss.vector_to_array(clustering.centroids).reshape(k, width)
        return centroids, assignment[:, 0], objective / len(rows)

else:
    import sklearn
    from sklearn.cluster import KMeans

    warnings.simplefilter("ignore")  # that fewer distinct clusters were found
    version = f"scikit-learn {sklearn.__version__}"

    def cluster(rows, k, level):
        """Centroids, the assignment, and the mean squared distance."""
        start = rows[:k] if restarts == 1 else "random"
        means = KMeans(
            k, init=start, n_init=restarts, max_iter=iterations, tol=0, random_state=level, algorithm="lloyd"
        ).fit(rows)
        return means.cluster_centers_, means.labels_, means.inertia_ / len(rows)


def step():
    rows, ancestors, objectives = points, None, []
    for level, k in enumerate(clusters):
        centroids, assignment, objective = cluster(rows, k, level)
        ancestors = assignment if ancestors is None else assignment[ancestors]
        objectives.append(objective)
        rows = normalized(centroids)
    return float(numpy.mean(objectives))


serve(version, 0, n, step)
