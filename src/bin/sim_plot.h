/* What `conclave sim` writes beside its figures: tables as CSV, plots as SVG. knows: figures,
 * files. knows not: how they came about. owns: nothing. */
#ifndef BIN_SIM_PLOT_H
#define BIN_SIM_PLOT_H

#include "bin/sim_day.h"

/* load.csv, load.svg, delay.svg and joins.svg into a folder, which is made where it is missing.
 * False: errno says why. */
bool sim_plot(const char *folder, const struct sim_figures *f);

#endif
