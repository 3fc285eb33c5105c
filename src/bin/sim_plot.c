/* CSV and SVG; see sim_plot.h. owns: nothing. */
#include "bin/sim_plot.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { WIDE = 900, HIGH = 420, LEFT = 60, TOP = 40, DOWN = 40, RIGHT = 90, STEP = 5 };

static const char *const color[SIM_CENTRES] = {
    "#1b6ca8", "#2f8f4e", "#b8442f", "#7a5195", "#c98a12", "#008080", "#d45087",
    "#5c6b73", "#3d5a80", "#9b2226", "#386641", "#bc6c25", "#4361ee", "#6a994e",
    "#9d4edd", "#e63946", "#ff7b00", "#222222", "#888888"};

struct frame {
    FILE *file;
    double most_x, most_y;
};

static double at_x(const struct frame *f, double x)
{
    return LEFT + x / f->most_x * (WIDE - LEFT - RIGHT);
}

static double at_y(const struct frame *f, double y)
{
    return HIGH - DOWN - y / f->most_y * (HIGH - TOP - DOWN);
}

/* Axes with so many parts, and what they show. */
static void begin(const struct frame *f, const char *title, int parts_x, const char *unit_x,
                  const char *unit_y)
{
    fprintf(f->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n"
            "<text x=\"%d\" y=\"22\" font-size=\"15\">%s</text>\n",
            WIDE, HIGH, WIDE, HIGH, LEFT, title);
    for (int i = 0; i <= 4; i++) {
        double y = f->most_y * i / 4;
        fprintf(f->file,
                "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f%s</text>\n",
                LEFT, at_y(f, y), WIDE - RIGHT, LEFT - 6, at_y(f, y) + 4, y, unit_y);
    }
    for (int i = 0; i <= parts_x; i++) {
        double x = f->most_x * i / parts_x;
        fprintf(f->file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f%s</text>\n",
                at_x(f, x), HIGH - DOWN + 18, x, unit_x);
    }
}

static bool finish(struct frame *f)
{
    fputs("</svg>\n", f->file);
    bool ok = ferror(f->file) == 0;
    return fclose(f->file) == 0 && ok;
}

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return fopen(path, "w");
}

static bool plot_load(const char *folder, const struct sim_figures *g)
{
    struct frame f = {create(folder, "load.svg"), 24, 100};
    if (!f.file)
        return false;
    begin(&f, "Load of the data centres over the day (UTC)", 12, " h", " %");
    for (int c = 0; c < SIM_CENTRES; c++) {
        fprintf(f.file, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.4\" d=\"", color[c]);
        for (int m = 0; m < SIM_MINUTES; m += STEP)
            fprintf(f.file, "%c%.1f %.1f", m ? 'L' : 'M', at_x(&f, m / 60.0),
                    at_y(&f, g->load[m][c] / 10.0));
        fprintf(f.file,
                "\"/><rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                "<text x=\"%d\" y=\"%d\">%s</text>\n",
                WIDE - RIGHT + 14, TOP + 18 * c, color[c], WIDE - RIGHT + 30, TOP + 18 * c + 10,
                sim_centre[c].id);
    }
    return finish(&f);
}

static bool plot_delay(const char *folder, const struct sim_figures *g)
{
    struct frame f = {create(folder, "delay.svg"), 300, 100};
    if (!f.file)
        return false;
    uint64_t all = 0, sum = 0;
    for (int i = 0; i < SIM_DELAYS; i++)
        all += g->delay[i];
    begin(&f, "Share of the legs whose data centre is within a round trip of", 10, " ms", " %");
    fputs("<path fill=\"none\" stroke=\"#1b6ca8\" stroke-width=\"2\" d=\"", f.file);
    for (int i = 0; i <= 300; i++) {
        sum += g->delay[i];
        fprintf(f.file, "%c%.1f %.1f", i ? 'L' : 'M', at_x(&f, i),
                at_y(&f, all ? 100.0 * (double)sum / (double)all : 0));
    }
    fputs("\"/>\n", f.file);
    return finish(&f);
}

static void line_of(const struct frame *f, const uint64_t *minutes, const char *stroke)
{
    fprintf(f->file, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" d=\"", stroke);
    for (int m = 0; m < SIM_MINUTES; m++)
        fprintf(f->file, "%c%.1f %.1f", m ? 'L' : 'M', at_x(f, m / 60.0),
                at_y(f, (double)minutes[m] / 1000));
    fputs("\"/>\n", f->file);
}

static bool plot_joins(const char *folder, const struct sim_figures *g)
{
    uint64_t most = 1000;
    for (int m = 0; m < SIM_MINUTES; m++)
        most = g->came[m] + g->sent_away[m] > most ? g->came[m] + g->sent_away[m] : most;
    struct frame f = {create(folder, "joins.svg"), 24, (double)most / 1000};
    if (!f.file)
        return false;
    begin(&f, "Joins a minute, thousands: let in, and refused (red), UTC", 12, " h", "");
    line_of(&f, g->came, "#1b6ca8");
    line_of(&f, g->sent_away, "#b8442f");
    return finish(&f);
}

static bool table(const char *folder, const struct sim_figures *g)
{
    FILE *file = create(folder, "load.csv");
    if (!file)
        return false;
    fputs("minute,joined,refused", file);
    for (int c = 0; c < SIM_CENTRES; c++)
        fprintf(file, ",%s", sim_centre[c].id);
    for (int m = 0; m < SIM_MINUTES; m++) {
        fprintf(file, "\n%d,%llu,%llu", m, (unsigned long long)g->came[m],
                (unsigned long long)g->sent_away[m]);
        for (int c = 0; c < SIM_CENTRES; c++)
            fprintf(file, ",%u", g->load[m][c]);
    }
    fputs("\n", file);
    bool ok = ferror(file) == 0;
    return fclose(file) == 0 && ok;
}

bool sim_plot(const char *folder, const struct sim_figures *f)
{
    if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        return false;
    return table(folder, f) && plot_load(folder, f) && plot_delay(folder, f) &&
           plot_joins(folder, f);
}
