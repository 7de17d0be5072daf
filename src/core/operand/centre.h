/* A point in the middle of the data. */
#ifndef CIRCLE_CENTRE_H
#define CIRCLE_CENTRE_H

#include "circle_loss.h"

/* One number for each column. Products of rows that are centred lose fewer digits when distances
 * are formed from them. Centring rounds nothing where numbers are whole, or in float: a coordinate
 * of the centre is rounded to about a tenth of the range of its column. */
void circle_centre(const circle_matrix *matrix, double *centre);

#endif
