/* Tells who watches that banks are not what they were: the event bank.changed,
 * which carries no more than the bank's name, so that an import of thousands
 * of entries is a word a second. Loop thread. */
#pragma once

#include "control/control.h"

WeirBankChanges *weir_bank_changes_new (WeirControl *control);
void weir_bank_changes_free (WeirBankChanges *changes);

/* BANK has other entries. NULL: all banks have been read again. Told at once,
 * or, within a second of the last word, at its end. */
void weir_bank_changes_note (WeirBankChanges *changes, const char *bank);
