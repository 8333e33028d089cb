"""What operators that look at a movie, or make one, share: decoding and core's work side by side, in Steps."""

from .face_job import Step


def opened(movie):
    """Work that waits for a Movie to be open; the frames that are there by then."""
    waiting = []
    while not movie.ready:
        waiting += movie.poll()
        yield Step(0.0, "Opening the movie", waits=True)
    return waiting


def watched(beside, movie, waiting, shown):
    """Work that hands a Movie's frames (those that wait, then the others; None: no movie) to a Beside; what that makes of them. shown() tells how far
    it is and what it does."""
    while not beside.done:
        waiting = beside.feed(waiting)
        idle = bool(waiting)
        if not waiting and movie is not None and not movie.done:
            waiting = movie.poll()
            idle = not waiting
        elif not waiting:
            beside.close()
            idle = True
        yield Step(*shown(), waits=idle)
    return beside.result()
