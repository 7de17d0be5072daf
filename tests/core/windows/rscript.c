/* Stands in for Rscript.exe: says in UTF-8 how it was called, and ends with status 3. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static void say(const wchar_t *text) {
  char bytes[4096] = "";
  WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
  printf("[%s]\n", bytes);
}

int wmain(int count, wchar_t **arguments) {
  wchar_t libraries[2048] = L"";
  GetEnvironmentVariableW(L"R_LIBS", libraries, 2048);
  say(libraries);
  for (int i = 1; i < count; i++) say(arguments[i]);
  return 3;
}
