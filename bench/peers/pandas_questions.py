"""The questions of bench/dataframe-questions.ts in the words that pandas and dask.dataframe share."""

KEYS = ["id1", "id2", "id3", "id4", "id5", "id6"]


def questions(read, largest, by_month):
    """By name, what gives the answer from a folder of files, and the column whose sum says whether it is right.

    read(folder, name, columns=None): a table.
    largest(frame): the two largest v3 of each id6.
    by_month(frame): q, the 90th percentile of delay in each month of date.
    """

    def grouped(columns, by, **aggregations):
        return lambda folder: read(folder, "x", columns).groupby(by, sort=False).agg(**aggregations).reset_index()

    def joined(right, on, how="inner"):
        return lambda folder: read(folder, "left").merge(read(folder, right), on=on, how=how, suffixes=("", "_right"))

    def regression(folder):
        frame = read(folder, "x", ["id2", "id4", "v1", "v2"])
        # The sums that a correlation is made of: a function for each group takes minutes.
        frame = frame.assign(a=frame.v1 * frame.v1, b=frame.v2 * frame.v2, ab=frame.v1 * frame.v2)
        of = frame.groupby(["id2", "id4"], sort=False).agg(
            n=("v1", "size"), x=("v1", "sum"), y=("v2", "sum"), a=("a", "sum"), b=("b", "sum"), ab=("ab", "sum")
        )
        r = (of.n * of.ab - of.x * of.y) / ((of.n * of.a - of.x**2) ** 0.5 * (of.n * of.b - of.y**2) ** 0.5)
        return (r.fillna(0) ** 2).to_frame("r2").reset_index()

    def late(folder):
        frame = read(folder, "flights", ["origin", "delay"])
        return frame[frame.delay > 60].groupby("origin").agg(n=("delay", "size"), delay=("delay", "mean")).reset_index()

    def routes(folder):
        frame = read(folder, "flights", ["origin", "destination", "delay"])
        return frame.groupby(["origin", "destination"]).agg(n=("delay", "size"), delay=("delay", "mean")).reset_index()

    def destinations(folder):
        frame = read(folder, "flights", ["origin", "destination"])
        return frame.groupby("origin").destination.nunique().to_frame("n").reset_index()

    def in_order(folder):
        return read(folder, "flights").sort_values(["delay", "distance"], ascending=[False, True])

    def much_later(folder):
        frame = read(folder, "flights", ["origin", "delay"])
        usual = frame.groupby("origin").agg(mean=("delay", "mean"), sd=("delay", "std")).reset_index()
        both = frame.merge(usual, on="origin")
        return both[both.delay > both["mean"] + 3 * both.sd].groupby("origin").size().to_frame("n").reset_index()

    def by_hour(folder):
        frame = read(folder, "flights", ["date", "delay"])
        frame = frame.assign(hour=frame.date.dt.hour)
        return frame.groupby("hour").agg(delay=("delay", "mean"), n=("delay", "size")).reset_index()

    def names(folder):
        frame = read(folder, "flights", ["origin", "destination"])
        frame = frame.assign(route=frame.origin + "-" + frame.destination.str.lower())
        return frame.groupby("route").size().to_frame("n").nlargest(20, "n").reset_index()

    return {
        "sum v1 by id1": (grouped(["id1", "v1"], "id1", v1=("v1", "sum")), "v1"),
        "sum v1 by id1, id2": (grouped(["id1", "id2", "v1"], ["id1", "id2"], v1=("v1", "sum")), "v1"),
        "sum v1, mean v3 by id3": (grouped(["id3", "v1", "v3"], "id3", v1=("v1", "sum"), v3=("v3", "mean")), "v3"),
        "mean v1, v2, v3 by id4": (
            grouped(["id4", "v1", "v2", "v3"], "id4", v1=("v1", "mean"), v2=("v2", "mean"), v3=("v3", "mean")),
            "v3",
        ),
        "sum v1, v2, v3 by id6": (
            grouped(["id6", "v1", "v2", "v3"], "id6", v1=("v1", "sum"), v2=("v2", "sum"), v3=("v3", "sum")),
            "v3",
        ),
        "median, sd v3 by id4, id5": (
            grouped(["id4", "id5", "v3"], ["id4", "id5"], median=("v3", "median"), sd=("v3", "std")),
            "median",
        ),
        "max v1 - min v2 by id3": (
            lambda folder: grouped(["id3", "v1", "v2"], "id3", a=("v1", "max"), b=("v2", "min"))(folder).assign(
                range=lambda of: of.a - of.b
            ),
            "range",
        ),
        "largest two v3 by id6": (lambda folder: largest(read(folder, "x", ["id6", "v3"])), "v3"),
        "regression v1 v2 by id2, id4": (regression, "r2"),
        "sum v3, count by id1 … id6": (grouped([*KEYS, "v3"], KEYS, v3=("v3", "sum"), n=("v3", "size")), "v3"),
        "small inner on integer": (joined("small", "id4"), "v1"),
        "medium inner on integer": (joined("medium", "id5"), "v1"),
        "medium outer on integer": (joined("medium", "id5", "left"), "v1"),
        "medium inner on text": (joined("medium", "id2"), "v1"),
        "big inner on integer": (joined("big", "id6"), "v1"),
        "late flights by airport": (late, "n"),
        "mean delay of each route": (routes, "n"),
        "90th percentile by month": (lambda folder: by_month(read(folder, "flights", ["date", "delay"])), "q"),
        "destinations of each airport": (destinations, "n"),
        "sort by delay and distance": (in_order, "distance"),
        "much later than usual at the airport": (much_later, "n"),
        "delay by hour": (by_hour, "n"),
        "names of routes, the 20 most frequent": (names, "n"),
    }
